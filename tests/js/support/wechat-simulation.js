// @ts-check
/**
 * A long run of random verbs on the double of WeChat against a plain model, with kills and refusals
 * between any two calls, wipes, restarts, old code and a clock that jumps. A failing seed says how to
 * play it again. Needs nothing of Node.
 */

import { wechat } from '../../../js/hosts/wechat.js'
import { wechatDouble } from '../../../js/testing/wechat.js'
import { openAt } from './shell.js'
import { assertSame } from './values.js'

/** @import { DoubleOptions, Mishap } from '../../../js/testing/wechat.js' */
/** @import { DeferredStorage } from './shell.js' */

/** @typedef {{ value: any, expiresAt: number }} Held */
/** What the store must hold: by namespace, by key. @typedef {Record<string, Map<string, Held>>} Model */
/** @typedef {(below: number) => number} Roll */

/**
 * What one run did, to show that it did something.
 * @typedef {{ steps: number, kills: number, refusals: number, wipes: number, restarts: number }} Tally
 */

const KEYS = ['a', 'b', 'user/1', 'user/2', '键', '__proto__']
const SPACES = ['', 'n']
/** Small enough that some of the values are split. */
const ENTRY_BYTES = 600
const CODES = ['QUOTA_EXCEEDED', 'VALUE_TOO_LARGE', 'HOST_FAILED']

/** Numbers that depend on the seed alone (mulberry32). @param {number} seed @returns {Roll} */
function dice(seed) {
  let state = seed * 0x9E3779B9 >>> 0
  return below => {
    state = state + 0x6D2B79F5 >>> 0
    let mixed = Math.imul(state ^ state >>> 15, state | 1)
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61)
    return ((mixed ^ mixed >>> 14) >>> 0) % below
  }
}

/** @type {((roll: Roll) => any)[]} */
const VALUES = [
  roll => roll(1000), () => NaN, () => -0, () => '', () => undefined, () => null, () => true,
  roll => '文本🎉'.repeat(roll(40)), roll => 'x'.repeat(roll(3000)), roll => new Date(roll(1e9)),
  roll => ({ list: [roll(9), { deep: '深' }], ok: false }), roll => new Map([[roll(9), new Set([1])]]),
  roll => Uint8Array.from({ length: roll(50) }, (_, at) => at),
]

/**
 * Runs one seed to its end.
 * @param {number} seed
 * @param {{ options: DoubleOptions, deferred: boolean }} kind
 * @param {number} steps
 * @returns {Promise<Tally>}
 */
export async function simulate(seed, { options, deferred }, steps) {
  const roll = dice(seed)
  const tally = { steps, kills: 0, refusals: 0, wipes: 0, restarts: 0 }
  let now = 1_700_000_000_000
  let model = /** @type {Model} */ ({ '': new Map(), n: new Map() })
  let world = await start(new Map())

  /** @param {Map<string, any>} disk */
  async function start(disk) {
    const double = wechatDouble({ ...options, disk })
    const host = { ...wechat(double.wx, { deferred }), limits: { entryBytes: ENTRY_BYTES } }
    return { double, ...await openAt(host, { clock: () => now }) }
  }

  /** A new process over what the old one left. @param {Map<string, any>} disk */
  async function restart(disk) {
    tally.restarts += 1
    world = await start(new Map(disk))
  }

  for (let step = 0; step < steps; step += 1) {
    const chance = roll(40)
    if (chance === 0) now += 1 + roll(90_000)
    else if (chance === 1) {
      await world.stash.close()
      await restart(world.double.disk)
    } else if (chance === 2 && roll(4) === 0) {
      await world.stash.close()
      world.double.wipe()
      model = { '': new Map(), n: new Map() }
      tally.wipes += 1
      await restart(world.double.disk)
    } else if (chance === 3) {
      // Old code beside ours, in the default namespace.
      const [key, value] = [KEYS[roll(KEYS.length)], { old: roll(100) }]
      world.double.wx.setStorageSync(key, value)
      model[''].set(key, { value, expiresAt: Infinity })
    } else await change()
    if (step % 10 === 0) await check(world.storage, model, now)
  }
  await check(world.storage, model, now)
  await world.stash.close()
  return tally

  /** One verb, perhaps with a mishap at one of its calls. */
  async function change() {
    const after = copyOf(model, now)
    const act = verb(roll, after, now)
    const mishap = mishapOf(roll)
    const at = 1 + roll(6)
    world.double.expect(mishap && (({ number, parts }) => number === at ? mishap(parts) : undefined))
    const done = act(world.storage).then(() => undefined, error => error)
    const error = await Promise.race([done, world.double.died])
    world.double.expect()
    if (!world.double.isCut && error === undefined) {
      model = after
      return
    }
    if (world.double.isCut) {
      tally.kills += 1
      await restart(world.double.disk)
    } else {
      tally.refusals += 1
      if (!CODES.includes(error.code)) throw error
    }
    // All of it or nothing; which, only the store knows.
    model = await holds(world.storage, after, now) ? after : copyOf(model, now)
    await check(world.storage, model, now)
  }
}

/** @type {(model: Model, now: number) => Model} */
const copyOf = (model, now) => Object.fromEntries(SPACES.map(space =>
  [space, new Map([...model[space]].filter(([, { expiresAt }]) => expiresAt > now))]))

/** @type {(roll: Roll) => ((parts: number) => Mishap) | undefined} */
function mishapOf(roll) {
  const kind = roll(8)
  const applied = (/** @type {number} */ parts) => roll(parts + 1)
  if (kind === 0) return parts => ({ cut: true, applied: applied(parts) })
  if (kind > 2) return undefined
  const refuse = /** @type {const} */ (['quota', 'entry', 'io'])[roll(3)]
  return parts => ({ refuse, applied: applied(parts) })
}

/**
 * Chooses a verb and plays it on the model.
 * @param {Roll} roll
 * @param {Model} model
 * @param {number} now
 * @returns {(storage: DeferredStorage) => Promise<unknown>}
 */
function verb(roll, model, now) {
  const space = SPACES[roll(2)]
  const held = model[space]
  const inside = (/** @type {DeferredStorage} */ storage) => space === '' ? storage : storage.namespace(space)
  const some = () => [...new Set(Array.from({ length: 1 + roll(3) }, () => KEYS[roll(KEYS.length)]))]
  const ttl = [undefined, 1000, 60_000][roll(3)]
  const put = (/** @type {string} */ key, /** @type {any} */ value) =>
    held.set(key, { value, expiresAt: ttl === undefined ? Infinity : now + ttl })
  switch (roll(7)) {
    case 0: case 1: case 2: {
      /** @type {[string, any][]} */
      const entries = some().map(key => [key, VALUES[roll(VALUES.length)](roll)])
      for (const [key, value] of entries) put(key, value)
      return storage => inside(storage).setMany(entries, { ttl })
    }
    case 3: {
      const keys = some()
      for (const key of keys) held.delete(key)
      return storage => inside(storage).removeMany(keys)
    }
    case 4: {
      const [key, value] = [KEYS[roll(KEYS.length)], VALUES[roll(VALUES.length)](roll)]
      put(key, value)
      return storage => inside(storage).set(key, value, { ttl })
    }
    case 5: {
      const before = held.get('count')?.value ?? 0
      held.set('count', { value: before + 1, expiresAt: Infinity })
      return storage => inside(storage).increment('count', 1)
    }
    default:
      if (roll(3) > 0) return storage => storage.cleanup()
      held.clear()
      return storage => inside(storage).clear()
  }
}

/** @type {(storage: DeferredStorage, model: Model, now: number) => Promise<boolean>} */
async function holds(storage, model, now) {
  try {
    await check(storage, model, now)
    return true
  } catch {
    return false
  }
}

/** @type {(storage: DeferredStorage, model: Model, now: number) => Promise<void>} */
async function check(storage, model, now) {
  for (const space of SPACES) {
    const place = space === '' ? storage : storage.namespace(space)
    const expected = copyOf(model, now)[space]
    const found = new Map(await place.entries())
    assertSame([...found.keys()].sort(), [...expected.keys()].sort())
    for (const [key, { value }] of expected) assertSame(found.get(key), value)
  }
}

/**
 * Runs the seeds of a span, `first..last`.
 * @param {string} span
 * @param {{ name: string, options: DoubleOptions, deferred: boolean }} kind
 * @param {number} steps
 * @returns {Promise<Tally>} What all of them did.
 */
export async function simulateAll(span, kind, steps) {
  const [first = 0, last = 0] = span.split('..').map(Number)
  if (!(last > first)) throw new Error(`expected seeds as first..last, got ${span}`)
  const sum = { steps: 0, kills: 0, refusals: 0, wipes: 0, restarts: 0 }
  for (let seed = first; seed < last; seed += 1) {
    let tally
    try {
      tally = await simulate(seed, kind, steps)
    } catch (error) {
      throw new Error(`seed ${seed} failed on ${kind.name}: set MINISTASH_SIMULATION_SEEDS=${seed}..${seed + 1} `
        + `to play it again; ${Object(error).stack}`, { cause: error })
    }
    for (const name of /** @type {(keyof Tally)[]} */ (Object.keys(sum))) sum[name] += tally[name]
  }
  return sum
}
