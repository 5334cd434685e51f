// The verbs of a storage beside raw host, a wrapper written by hand, localForage, unstorage and keyv, each
// over a simulated `wx`: with a bridge that costs nothing, which shows the CPU, and with one of half a
// millisecond, which shows the calls. `--write` puts the ratios into the READMEs.
// @ts-check
import { compare, duration, environment, printTable, times } from './support/kit.js'
import { writeRatios } from './support/readme.js'
import { stores } from './support/stores.js'

/** @import { Store } from './support/stores.js' */

/** What a verb costs a contestant. @typedef {{ ns: number, calls: number }} Cell */

const BRIDGES_MS = [0, 0.5]
const BATCH = 50
const KEYS = Array.from({ length: 100 }, (_, index) => `user:profile:${String(index).padStart(6, '0')}`)
const FIRST = KEYS.slice(0, BATCH)

/** An object as pages store it: 195 bytes as JSON. @param {number} index */
const valueAt = index => ({
  id: 100_000 + index, name: 'John Appleseed', email: 'john.appleseed@example.com', age: 30, isMember: true,
  tags: ['reader', 'writer', 'admin'], address: { city: 'Shenzhen', street: 'Keji Middle 1st' },
})
const VALUES = KEYS.map((_, index) => valueAt(index))
const ENTRIES = FIRST.map((key, index) => /** @type {[string, unknown]} */ ([key, VALUES[index]]))

/** By name: what is done once, and for which contestants it is there. */
const VERBS = /** @type {Record<string, (store: Store) => ((index: number) => any) | undefined>} */ ({
  get: store => index => store.get(KEYS[index]),
  set: store => index => store.set(KEYS[index], VALUES[index]),
  'set with a TTL': ({ setFor }) => setFor && (index => setFor(KEYS[index], VALUES[index])),
  [`get ${BATCH} at once`]: store => () => store.getMany(FIRST),
  [`set ${BATCH} at once`]: store => () => store.setMany(ENTRIES),
  'get again, own namespace': ({ getOwned }) => getOwned && (index => getOwned(KEYS[index])),
  open: store => () => store.open(),
})

/** @param {(index: number) => any} act @returns {(count: number) => void | Promise<void>} */
function runner(act) {
  let at = 0
  const next = () => { at = (at + 1) % KEYS.length; return at }
  return count => {
    for (let done = 0; done < count; done += 1) {
      const result = act(next())
      if (result && typeof result.then === 'function') return later(act, next, result, count - done - 1)
    }
    return undefined
  }
}

/**
 * @param {(index: number) => any} act
 * @param {() => number} next
 * @param {Promise<unknown>} first
 * @param {number} count
 */
async function later(act, next, first, count) {
  await first
  for (let done = 0; done < count; done += 1) await act(next())
}

/** @param {number} bridgeMs */
async function measure(bridgeMs) {
  const contestants = await stores(bridgeMs)
  for (const store of contestants) {
    for (const [index, key] of KEYS.entries()) {
      await store.set(key, VALUES[index])
      await store.setOwned?.(key, VALUES[index])
    }
  }
  /** @type {Record<string, Record<string, Cell>>} */
  const results = {}
  for (const [verb, make] of Object.entries(VERBS)) {
    const taking = contestants.flatMap(store => {
      const act = make(store)
      return act ? [{ store, act }] : []
    })
    const medians = await compare(taking.map(({ store: { name }, act }) => ({ name, run: runner(act) })))
    results[verb] = {}
    for (const [index, { store, act }] of taking.entries()) {
      const before = store.state.calls
      await act(1)
      results[verb][store.name] = { ns: medians[index].ns, calls: store.state.calls - before }
    }
  }
  return { bridgeMs, names: contestants.map(({ name }) => name), results }
}

/** @param {Awaited<ReturnType<typeof measure>>} measured */
function print({ bridgeMs, names, results }) {
  /** @param {(cell: Cell, ours: Cell) => string} show */
  const cells = show => Object.entries(results).map(([verb, all]) =>
    [verb, ...names.map(name => all[name] ? show(all[name], all.MiniStash) : '-')])
  const bridge = bridgeMs === 0 ? 'a bridge that costs nothing' : `a bridge of ${bridgeMs} ms a call`
  printTable(`Time, ${bridge}`, ['', ...names], cells(({ ns }) => duration(ns)))
  printTable(`Speed of MiniStash against each, ${bridge}`, ['', ...names],
    cells(({ ns }, ours) => times(ns / ours.ns)))
  printTable(`Host calls, ${bridge}`, ['', ...names], cells(({ calls }) => String(calls)))
}

const head = environment(['localforage', 'unstorage', 'keyv'])
console.log(`The storage beside its peers on a simulated wx host\n${head}`)
const measured = []
for (const bridgeMs of BRIDGES_MS) {
  const one = await measure(bridgeMs)
  print(one)
  measured.push(one)
}
if (process.argv.includes('--write')) writeRatios(measured, head)
