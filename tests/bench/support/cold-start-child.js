// One cold start in a process of its own: imports an entry, opens a store in memory, reads, and prints the
// milliseconds of each as JSON.
// @ts-check

const [entry = '', options = '{}'] = process.argv.slice(2)
const begun = performance.now()
const { memory, open } = await import(entry)
const loaded = performance.now()
const stash = await open({ host: memory(), ...JSON.parse(options) })
const opened = performance.now()
stash.storage.getSync('key')
const read = performance.now()
console.log(JSON.stringify([loaded - begun, opened - loaded, read - opened]))
