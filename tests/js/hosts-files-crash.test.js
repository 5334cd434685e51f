// Two mishaps in a row on the files of a mini-program: a call is refused or the process dies in it, done not
// at all, in part or wholly, and so is a later call, of what follows or of the next opening.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FILE_KINDS } from './support/file-kinds.js'

/** @import { FileKind } from './support/file-kinds.js' */
/** @import { Call, Mishap } from './doubles/wechat.js' */

/** @typedef {Map<string, Set<string | undefined>>} Allowed What each key may hold. */

const data = (/** @type {string} */ text) => new TextEncoder().encode(text.repeat(20))
const text = (/** @type {Uint8Array | undefined} */ bytes) =>
  bytes && new TextDecoder().decode(bytes).slice(0, bytes.length / 20)

/** What is done, one after another. @type {readonly [key: string, value: string | undefined][]} */
const STEPS = Object.freeze([
  ['old', 'changed'], ['new', 'first'], ['gone', undefined], ['old', 'again'], ['new', undefined],
])
const LONG = '键'.repeat(60)

/**
 * Runs the steps with mishaps at the calls of these numbers, counted on through the next openings, and at the
 * end opens without any.
 * @param {FileKind} kind
 * @param {ReadonlyMap<number, Mishap>} mishaps
 * @returns {Promise<{ calls: Call[], where: string }>}
 */
async function play(kind, mishaps) {
  const name = (/** @type {string} */ key) => `${key}/${LONG}`
  const first = kind.make()
  const before = kind.host(first.mini)
  await before.open()
  await before.write(name('old'), data('old'))
  await before.write(name('gone'), data('gone'))
  await before.close()

  /** @type {Call[]} */
  const calls = []
  const plan = (/** @type {Call} */ call) => {
    calls.push(call)
    return mishaps.get(calls.length)
  }
  /** @type {Allowed} */
  const allowed = new Map()
  for (const key of ['old', 'gone']) allowed.set(key, new Set([key]))
  allowed.set('new', new Set([undefined]))
  const where = JSON.stringify([...mishaps])
  let double = kind.make({ disk: first.disk })
  double.expect(plan)
  let host = kind.host(double.mini)

  /** Opens as often as it takes. */
  const open = async () => {
    for (;;) {
      try {
        await host.open()
        return
      } catch {
        if (!double.isCut) continue
        double = kind.make({ disk: new Map(double.disk) })
        double.expect(plan)
        host = kind.host(double.mini)
      }
    }
  }
  const restart = async () => {
    double = kind.make({ disk: new Map(double.disk) })
    double.expect(plan)
    host = kind.host(double.mini)
    await open()
  }
  /** Reads a key, through refusals and deaths, and holds it against what it may be. @param {string} key */
  const look = async key => {
    for (;;) {
      try {
        const found = text(host.read(name(key)))
        const some = allowed.get(key) ?? new Set()
        assert.ok(some.has(found), `${key} is ${found}, not one of ${[...some]} ${where}`)
        return found
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error
        if (double.isCut) await restart()
      }
    }
  }

  await open()
  for (const [key, value] of STEPS) {
    const now = await look(key)
    allowed.set(key, new Set([now]))
    try {
      if (value === undefined) host.remove(name(key))
      else host.write(name(key), data(value))
      allowed.set(key, new Set([value]))
    } catch {
      allowed.set(key, new Set([now, value]))
      if (double.isCut) await restart()
      else allowed.set(key, new Set([await look(key)]))
    }
    for (const other of allowed.keys()) await look(other)
  }
  await restart()
  for (const key of allowed.keys()) await look(key)
  // Nothing but records is left, each under one name.
  const left = [...double.disk.keys()]
  assert.ok(left.length <= 3 && left.every(path => /\.record$/.test(path)), `${left} ${where}`)
  return { calls, where }
}

/** @type {(call: Call, at: number) => [number, Mishap][]} */
const mishapsOf = ({ parts }, at) => Array.from({ length: parts + 1 }, (_, applied) =>
  /** @type {Mishap[]} */ ([{ cut: true, applied }, { refuse: 'io', applied }])).flat()
  .map(mishap => [at + 1, mishap])

for (const kind of FILE_KINDS.filter(({ deferred, place }) => !deferred && /^(wechat|alipay)/.test(place))) {
  test(`${kind.name}: after any two mishaps each record is the old one or the new one`, async t => {
    let runs = 0
    const { calls } = await play(kind, new Map())
    for (const one of calls.flatMap(mishapsOf)) {
      const played = await play(kind, new Map([one]))
      for (const other of played.calls.flatMap(mishapsOf).filter(([at]) => at > one[0] && at <= one[0] + 8)) {
        await play(kind, new Map([one, other]))
        runs += 1
      }
    }
    t.diagnostic(`${runs} runs`)
  })
}
