// Two mishaps in a row on the files of a mini-program, and on its storage and files joined: a call is refused
// or the process dies in it, done not at all, in part or wholly, and so is one of the next calls, of what
// follows or of the next opening.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY_SIZE_KINDS } from './support/by-size-kinds.js'
import { FILE_KINDS } from './support/file-kinds.js'

/** @import { Call, Mishap } from '../../js/testing/wechat.js' */

/** @typedef {Map<string, Set<string | undefined>>} Allowed What each key may hold. */

/**
 * A host, what it holds first, and what is done, one after another; undefined removes.
 * @typedef {object} Play
 * @property {string} name
 * @property {(options?: any) => any} make
 * @property {(mini: any) => any} host
 * @property {(value: string) => any} data
 * @property {(data: any) => string | undefined} text
 * @property {Readonly<Record<string, string>>} first
 * @property {readonly [key: string, value: string | undefined][]} steps
 */

/** @type {Pick<Play, 'data' | 'text' | 'first' | 'steps'>} */
const IN_FILES = {
  data: value => new TextEncoder().encode(value.repeat(20)),
  text: bytes => bytes && new TextDecoder().decode(bytes).slice(0, bytes.length / 20),
  first: { old: 'old', gone: 'gone' },
  steps: [['old', 'changed'], ['new', 'first'], ['gone', undefined], ['old', 'again'], ['new', undefined]],
}
const FAR = 'x'.repeat(500)

/** Values that move from one host to the other. @type {Pick<Play, 'data' | 'text' | 'first' | 'steps'>} */
const MOVING = {
  data: value => value,
  text: value => value,
  first: { old: 'old', gone: `${FAR} gone` },
  steps: [['old', FAR], ['new', `${FAR} first`], ['gone', undefined], ['old', 'near again'], ['new', 'near'],
    ['new', undefined]],
}
/** So many calls later the second mishap comes at most. */
const APART = 6
const LONG = '键'.repeat(60)

/**
 * Runs the steps with mishaps at the calls of these numbers, counted on through the next openings, and at the
 * end opens without any.
 * @param {Play} kind
 * @param {ReadonlyMap<number, Mishap>} mishaps
 * @returns {Promise<{ calls: Call[], where: string }>}
 */
async function play(kind, mishaps) {
  const { data, text, first: begin, steps } = kind
  const name = (/** @type {string} */ key) => `${key}/${LONG}`
  const first = kind.make()
  const before = kind.host(first.mini)
  await before.open()
  for (const [key, value] of Object.entries(begin)) before.write(name(key), data(value))
  await before.close()

  /** @type {Call[]} */
  const calls = []
  const plan = (/** @type {Call} */ call) => {
    calls.push(call)
    return mishaps.get(calls.length)
  }
  /** @type {Allowed} */
  const allowed = new Map()
  for (const [key, value] of Object.entries(begin)) allowed.set(key, new Set([value]))
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
  for (const [key, value] of steps) {
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
  // Nothing but records is left, each under one name, and none in two places.
  const left = [...double.disk.keys()]
  assert.ok(left.length <= 3 && !left.some(path => /next$/.test(path)), `${left} ${where}`)
  return { calls, where }
}

/** @type {(call: Call, at: number) => [number, Mishap][]} */
const mishapsOf = ({ parts }, at) => Array.from({ length: parts + 1 }, (_, applied) =>
  /** @type {Mishap[]} */ ([{ cut: true, applied }, { refuse: 'io', applied }])).flat()
  .map(mishap => [at + 1, mishap])

const PLAYS = /** @type {Play[]} */ ([
  ...FILE_KINDS.filter(({ deferred, place }) => !deferred && /^(wechat|alipay)/.test(place))
    .map(kind => ({ ...kind, ...IN_FILES })),
  ...BY_SIZE_KINDS.filter(({ deferred, name }) => !deferred && !/refuses/.test(name))
    .map(kind => ({ ...kind, ...MOVING })),
])

for (const kind of PLAYS) {
  test(`${kind.name}: after any two mishaps each record is the old one or the new one`, async t => {
    let runs = 0
    const { calls } = await play(kind, new Map())
    for (const one of calls.flatMap(mishapsOf)) {
      const played = await play(kind, new Map([one]))
      const next = played.calls.slice(0, one[0] + APART).flatMap(mishapsOf).filter(([at]) => at > one[0])
      for (const other of next) {
        await play(kind, new Map([one, other]))
        runs += 1
      }
    }
    t.diagnostic(`${runs} runs`)
  })
}
