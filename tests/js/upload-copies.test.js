// @ts-check
/**
 * The copies of files that the queue keeps, and the death of its process: before and after each call of the
 * host, each copy and each deletion. No copy is left behind, and none is deleted that an item needs.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StorageError } from '../../js/errors.js'
import { memory } from '../../js/hosts/memory.js'
import { faulty } from '../../js/testing/faulty.js'
import { byHand, openQueue, quiet, stoppedTime } from './support/uploads.js'

const KEPT = '/kept/'
const never = () => new Promise(() => {})

/** A disk that outlives processes. */
function disk() {
  /** @type {Map<string, string>} */
  const files = new Map()
  let places = 0
  return {
    files,
    copies: () => [...files.keys()].filter(path => path.startsWith(KEPT)),
    /**
     * How a process has it.
     * @param {(act: () => void) => Promise<void>} step Does what changes the disk, or is killed around it.
     */
    seenBy: step => ({
      /** @param {string} path */
      async open(path) {
        const text = files.get(path)
        if (text === undefined) throw new StorageError('INVALID_VALUE', `no such file: ${path}`)
        const read = async () => new TextEncoder().encode(text)
        return { path, size: text.length, read, digest: async () => `digest of ${text}` }
      },
      place: () => `${KEPT}${places += 1}`,
      /** @param {string} path @param {string} to */
      async keep(path, to) {
        await step(() => files.set(to, String(files.get(path))))
        return to
      },
      /** @param {string} copy */
      drop: copy => step(() => files.delete(copy)),
    }),
  }
}

/**
 * A process that dies at one of its steps: calls of the host, copies and deletions.
 * @param {ReturnType<typeof memory>} host
 * @param {ReturnType<typeof disk>} place
 * @param {number} deadly The number of that step; 0 for none.
 * @param {boolean} isApplied Whether it takes effect.
 */
function mortal(host, place, deadly, isApplied) {
  let steps = 0
  const one = faulty(host)
  const isDeadly = () => (steps += 1) === deadly
  one.expect(() => isDeadly() ? { cut: true, applied: isApplied } : undefined)
  let isDead = false
  const files = place.seenBy(async act => {
    if (isDead || one.isCut) await never()
    isDead = isDeadly()
    if (!isDead || isApplied) act()
    if (!isDead) return
    one.expect(() => ({ cut: true }))
    await never()
  })
  return { host: { ...one.host, files }, isDead: () => isDead || one.isCut,
    // What is dead asks no more, and gives the store back.
    async bury() {
      one.expect(() => ({ cut: true }))
      isDead = true
      await one.inner.close?.()
    } }
}

for (const isApplied of [false, true]) {
  test(`no copy is left and none is missed, killed ${isApplied ? 'after' : 'before'} each step`, async t => {
    const time = stoppedTime(t)
    for (let deadly = 1; ; deadly += 1) {
      const host = memory()
      const place = disk()
      /** @type {string[]} */
      const sent = []
      let isRefused = true
      const transport = {
        name: 'reads what it sends',
        /** @param {any} job */
        async send({ target, filePath }) {
          assert.ok(place.files.has(filePath), `step ${deadly}: ${target} has lost its copy`)
          if (target === 'bad' && isRefused) throw new StorageError('HTTP_STATUS', 'no', { status: 400 })
          sent.push(target)
        },
      }
      const process = mortal(host, place, deadly, isApplied)
      const stash = await openQueue({ transport }, process.host, () => {}).catch(() => undefined)
      for (const name of ['one', 'bad', 'cancelled']) {
        place.files.set(`/tmp/${name}`, name)
        if (!stash) continue
        const upload = stash.uploads.uploadFile(`/tmp/${name}`, name, null, { keep: true })
        upload.catch(() => {})
        if (name === 'cancelled') stash.uploads.cancel(upload.id)
        await quiet()
        place.files.delete(`/tmp/${name}`)
      }
      await time.pass(2000)
      const isOver = !process.isDead()
      await process.bury()

      const files = place.seenBy(async act => act())
      const next = await openQueue({ transport }, { ...host, files }, () => {})
      await time.pass(60_000, 4)
      const list = next.uploads.list()
      assert.ok(list.every(({ state }) => ['done', 'failed', 'cancelled'].includes(state)))
      const failed = list.filter(({ state }) => state === 'failed')
      assert.equal(place.copies().length, failed.length, `step ${deadly}: ${place.copies()}`)
      isRefused = false
      for (const { id } of failed) await Promise.all([next.uploads.retry(id), time.pass(1)])
      await quiet()
      assert.deepEqual(place.copies(), [], `step ${deadly}`)
      assert.equal(new Set(sent).size, list.filter(({ state }) => state !== 'cancelled').length)
      await next.close()
      if (!isOver) continue
      t.diagnostic(`${deadly - 1} steps`)
      assert.ok(deadly > 10)
      return
    }
  })
}

test('a copy that is made while its item is cancelled or the stash closed is deleted', async t => {
  stoppedTime(t)
  const net = byHand()
  const place = disk()
  /** @type {(() => void)[]} */
  const waiting = []
  const files = place.seenBy(act => new Promise(resolve => {
    waiting.push(() => { act(); resolve() })
  }))
  const goOn = async () => {
    for (const next of waiting.splice(0)) next()
    await quiet()
  }
  place.files.set('/tmp/1', 'abc')
  const stash = await openQueue({ transport: net.transport }, { ...memory(), files })
  const upload = stash.uploads.uploadFile('/tmp/1', 'one', null, { keep: true })
  const outcome = upload.catch(error => error.code)
  await quiet()
  stash.uploads.cancel(upload.id)
  assert.equal(await outcome, 'ABORTED')
  await goOn()
  await goOn()
  assert.deepEqual(place.copies(), [])

  const other = stash.uploads.uploadFile('/tmp/1', 'two', null, { keep: true }).catch(error => error.code)
  await quiet()
  await stash.close()
  assert.equal(await other, 'CLOSED')
  await goOn()
  await goOn()
  assert.deepEqual(place.copies(), [])
  assert.equal(net.attempts.length, 0)
})
