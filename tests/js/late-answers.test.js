// @ts-check
/**
 * Hosts that answer late and out of order, with many verbs on their way at once: every result is that of a
 * plain model to which the same verbs are applied one by one, in the order of their calls.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from '../../js/hosts/memory.js'
import { node } from '../../js/hosts/node.js'
import { folderFor } from './support/host-folder.js'
import { faulty, lateBy } from '../../js/testing/faulty.js'
import { openAt } from './support/shell.js'

/** @import { DeferredStorage } from './support/shell.js' */

const SEEDS = 200
const CALLERS = 6
const VERBS_PER_CALLER = 14
const KEYS = ['a', 'b', 'c', 'd']
const COUNTERS = ['count', 'total']

/** Small, fast and seeded: mulberry32. @param {number} seed */
function random(seed) {
  return (/** @type {number} */ below) => {
    seed = (seed + 0x6d2b79f5) | 0
    let bits = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 4294967296) * below)
  }
}

/** The hosts, in turn by seed. @type {((context: any) => any)[]} */
const KINDS = [
  () => memory({ immediate: false }),
  () => memory({ immediate: false, batch: false }),
  () => memory({ immediate: false, holds: 'bytes', atomic: true }),
  () => memory({ immediate: false, holds: 'native' }),
  () => memory({ immediate: false, holds: 'bytes', entryBytes: 400 }),
  () => memory({ immediate: false, holds: 'native', batch: false, entryBytes: 400 }),
  () => memory({ immediate: false, atomic: true, entryBytes: 400 }),
  context => node({ immediate: false, durable: false, dir: folderFor(context) }),
]

/**
 * A verb with what the model says of it: `expected` is worked out when it is called, and `call` asks the
 * storage. Small values and large ones, which are split on some hosts, take turns.
 * @typedef {{ name: string, expected: unknown, call: (storage: DeferredStorage) => Promise<unknown> }} Verb
 */

/**
 * Draws a verb and applies it to the model.
 * @param {(below: number) => number} draw
 * @param {Map<string, any>} model
 * @param {string} who
 * @returns {Verb}
 */
function drawVerb(draw, model, who) {
  const key = KEYS[draw(KEYS.length)]
  const some = KEYS.filter(() => draw(2))
  const value = draw(3) ? who : who.repeat(80)
  /** @param {string} name @param {Verb['call']} call @param {unknown} [expected] @returns {Verb} */
  const verb = (name, call, expected) => ({ name, call, expected })
  switch (draw(13)) {
    case 0: case 1:
      model.set(key, value)
      return verb(`set ${key}`, storage => storage.set(key, value))
    case 2: return verb(`get ${key}`, storage => storage.get(key), model.get(key))
    case 3: case 4:
      // All of them at once: whoever sees two of them differ has seen half of a commit.
      for (const one of KEYS) model.set(one, value)
      return verb('setMany', storage => storage.setMany(KEYS.map(one => [one, value])))
    case 5: case 6:
      return verb('getMany', storage => storage.getMany(KEYS), KEYS.map(one => model.get(one)))
    case 7: {
      const counter = COUNTERS[draw(2)]
      const by = draw(5) + 1
      model.set(counter, (model.get(counter) ?? 0) + by)
      return verb(`increment ${counter}`, storage => storage.increment(counter, by), model.get(counter))
    }
    case 8: {
      const next = `${String(model.get(key) ?? 'nothing').slice(0, 40)}+${who}`
      model.set(key, next)
      const act = (/** @type {unknown} */ old = 'nothing') => `${String(old).slice(0, 40)}+${who}`
      return verb(`update ${key}`, storage => storage.update(key, act), next)
    }
    case 9: return verb(`remove ${key}`, storage => storage.remove(key), model.delete(key))
    case 10: {
      const gone = some.filter(one => model.delete(one)).length
      return verb(`removeMany ${some.join()}`, storage => storage.removeMany(some), gone)
    }
    case 11: return verb('keys', storage => storage.keys(), [...model.keys()].sort())
    default: {
      if (draw(3)) return verb('entries', storage => storage.entries(), [...model].sort())
      const count = model.size
      model.clear()
      return verb('clear', storage => storage.clear(), count)
    }
  }
}

test('results are those of the calls one by one, whatever the order of the answers', async t => {
  let verbs = 0
  let overtaken = 0
  const names = new Set()
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const draw = random(seed)
    // What the core remembers may be wrong too if answers overtake each other; half of the hosts let it.
    const exclusive = Math.floor(seed / KINDS.length) % 2 === 0
    const inner = { ...KINDS[seed % KINDS.length]?.(t), exclusive }
    const { host, calls } = faulty(inner, { before: lateBy(seed, 3), after: lateBy(seed + SEEDS, 3) })
    const { stash, storage } = await openAt(host)
    const spaces = [storage, storage.namespace('n')]
    const models = spaces.map(() => /** @type {Map<string, any>} */ (new Map()))
    let ended = 0
    let started = 0
    /** @param {number} caller */
    const callVerbs = async caller => {
      for (let at = 0; at < VERBS_PER_CALLER;) {
        // Some at once, then their answers: other callers come in between.
        const burst = 1 + draw(4)
        const answers = Array.from({ length: burst }, async () => {
          const place = draw(4) ? 0 : 1
          const { name, expected, call } = drawVerb(draw, models[place], `${caller}.${at++} `)
          names.add(name.split(' ')[0])
          const number = started++
          const got = await call(spaces[place])
          if (ended++ !== number) overtaken += 1
          assert.deepEqual(got, expected, `seed ${seed}: call ${number}, ${name}`)
        })
        await Promise.all(answers)
      }
    }
    await Promise.all(Array.from({ length: CALLERS }, (_, caller) => callVerbs(caller)))
    for (const [place, model] of models.entries()) {
      assert.deepEqual(await spaces[place].entries(), [...model].sort(), `seed ${seed}: at the end`)
    }
    verbs += started
    await stash.close()
    const again = await openAt(inner)
    assert.deepEqual(await again.storage.entries(), [...models[0]].sort(), `seed ${seed}: reopened`)
    await again.stash.close()
    assert.ok(exclusive || calls.length > started, 'the host was late for nobody')
  }
  t.diagnostic(`${SEEDS} seeds: ${verbs} verbs equal to the model, ${overtaken} answered out of order`)
  assert.equal(names.size, 11)
  assert.ok(verbs >= SEEDS * CALLERS * VERBS_PER_CALLER)
  assert.ok(overtaken >= SEEDS, `only ${overtaken} answers were out of order`)
})

test('updates whose functions answer late and increments of several callers all count', async t => {
  let conflicts = 0
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const draw = random(seed)
    const late = lateBy(seed * 3)
    const turn = () => late(/** @type {any} */ (undefined))
    const inner = KINDS[seed % KINDS.length]?.(t)
    const { host } = faulty(inner, { before: lateBy(seed, 2), after: lateBy(seed + 1, 2) })
    const { stash, storage } = await openAt(host)
    let expected = 0
    await Promise.all(Array.from({ length: 4 }, async () => {
      for (let round = 0; round < 4; round += 1) {
        const by = draw(9) + 1
        expected += by
        if (draw(2)) await storage.increment('sum', by)
        else {
          let tries = 0
          await storage.update('sum', async (sum = 0) => {
            tries += 1
            await turn()
            return sum + by
          })
          conflicts += tries - 1
        }
      }
    }))
    assert.equal(await storage.get('sum'), expected, `seed ${seed}`)
    await stash.close()
  }
  t.diagnostic(`${SEEDS} seeds, ${conflicts} updates overtaken and tried again`)
  assert.ok(conflicts >= SEEDS)
})
