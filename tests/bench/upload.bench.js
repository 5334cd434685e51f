// What the upload queue costs beside p-queue and p-limit, which keep nothing: 10,000 uploads by a transport
// that does nothing, three at once, in memory and with every step stored first.
// @ts-check
import pLimit from 'p-limit'
import PQueue from 'p-queue'
import { memory, open } from '../../js/index.js'
import { compare, duration, environment, printTable, times } from './support/kit.js'

const UPLOADS = 10_000
const transport = { name: 'nothing', send: async () => undefined }

/** @param {boolean} persist */
const ours = persist => async (/** @type {number} */ count) => {
  for (let done = 0; done < count; done += 1) {
    const stash = await open({ host: memory(), uploads: { transport, persist } })
    const all = []
    for (let index = 0; index < UPLOADS; index += 1) all.push(stash.uploads.uploadFile('/tmp/a.jpg', 'a.jpg'))
    await Promise.all(all)
    await stash.close()
  }
}

/** @param {() => (act: () => Promise<unknown>) => Promise<unknown>} make */
const theirs = make => async (/** @type {number} */ count) => {
  for (let done = 0; done < count; done += 1) {
    const add = make()
    const all = []
    for (let index = 0; index < UPLOADS; index += 1) all.push(add(transport.send))
    await Promise.all(all)
  }
}

console.log(environment(['p-queue', 'p-limit']))
const measured = await compare([
  { name: 'p-queue', run: theirs(() => {
    const queue = new PQueue({ concurrency: 3 })
    return act => queue.add(act)
  }) },
  { name: 'p-limit', run: theirs(() => pLimit(3)) },
  { name: 'MiniStash, in memory', run: ours(false) },
  { name: 'MiniStash, every step stored', run: ours(true) },
])
const [peer] = measured
if (peer) {
  printTable('10,000 uploads that do nothing, 3 at once', ['', 'each', 'beside p-queue'],
    measured.map(({ name, ns }) => [name, duration(ns / UPLOADS), times(peer.ns / ns)]))
}
const stash = await open({ host: memory(), uploads: { transport } })
const before = stash.hostCalls
await Promise.all(Array.from({ length: UPLOADS }, () => stash.uploads.uploadFile('/tmp/a.jpg', 'a.jpg')))
console.log(`\n${stash.hostCalls - before} calls of the host for ${UPLOADS} uploads of three steps each`)
await stash.close()
