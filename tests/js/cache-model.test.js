// @ts-check
/**
 * The cache beside a plain model: long seeded runs of every verb, with a clock that moves both ways, both
 * policies, both tiers on hosts that answer at once and later, kills and reopenings.
 * `MINISTASH_CACHE_SEEDS=first..last` chooses the seeds, `MINISTASH_CACHE_STEPS` the length.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from '../../js/hosts/memory.js'
import { open } from '../../js/open.js'
import { Model } from './support/cache-model.js'
import { settle } from './support/shell.js'

const [FIRST, LAST] = (process.env['MINISTASH_CACHE_SEEDS'] ?? '1..60').split('..').map(Number)
const STEPS = Number(process.env['MINISTASH_CACHE_STEPS'] ?? 400)
const TAGS = ['red', 'green', 'blue']
const PATTERNS = ['a*', '*1', 'k:*:2', '*', 'a1', 'zz*', '*:*']

/** Seeded: SplitMix32. @param {number} seed */
function dice(seed) {
  let state = seed >>> 0
  return (/** @type {number} */ below) => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below
  }
}

/** @typedef {(below: number) => number} Draw */

/** @param {Draw} draw @param {boolean} isPersisted @param {'lru' | 'w-tinylfu'} policy */
function drawOptions(draw, isPersisted, policy) {
  /** @type {any} */
  const options = { maxEntries: 1 + draw(12), policy }
  if (draw(3) === 0) options.maxBytes = 20 + draw(120)
  if (draw(4) === 0) options.maxEntryBytes = 15 + draw(60)
  if (draw(2) === 0) options.ttl = 1 + draw(200)
  if (draw(3) === 0) options.staleWhileRevalidate = 1 + draw(80)
  if (draw(3) === 0) options.staleIfError = 1 + draw(150)
  if (draw(3) === 0) options.idleTtl = 1 + draw(150)
  if (isPersisted) options.persist = { delay: '1h' }
  return options
}

/** @param {Draw} draw */
function drawEntry(draw) {
  /** @type {any} */
  const entry = {}
  if (draw(3) === 0) entry.ttl = draw(4) === 0 ? null : 1 + draw(300)
  if (draw(3) === 0) entry.tags = TAGS.filter(() => draw(2) === 0)
  if (draw(4) === 0) entry.size = draw(60)
  return entry
}

/** The world of one run: the cache and the model of it. */
class Run {
  /** @param {number} seed */
  constructor(seed) {
    this.draw = dice(seed)
    this.isPersisted = seed % 2 === 0
    this.isDeferred = seed % 4 === 0
    const isLru = seed % 3 > 0
    this.options = drawOptions(this.draw, this.isPersisted, isLru ? 'lru' : 'w-tinylfu')
    // The model of another order than that of use hears who left, and says whether somebody had to.
    this.model = new Model(this.options, this.isDeferred, isLru ? undefined : () => this.nextVictim())
    /** What a list of keys or entries comes to: only LRU has an order that the model knows. */
    this.ordered = (/** @type {any[]} */ list) => isLru ? list : list.map(one => JSON.stringify(one)).sort()
    this.time = 1_700_000_000_000
    /** @type {[string, any, string][]} */
    this.events = []
    this.victims = 0
    this.host = /** @type {any} */ (memory({ immediate: !this.isDeferred }))
    this.value = 0
  }

  /** Who left for want of room, in turn. */
  nextVictim() {
    const [key] = this.events.filter(([, , reason]) => reason === 'capacity')[this.victims] ?? []
    this.victims += 1
    return key
  }

  async open() {
    const onEvict = (/** @type {string} */ key, /** @type {any} */ value, /** @type {string} */ reason) => {
      this.events.push([key, value, reason])
      this.checkBounds()
    }
    this.stash = await open({
      host: this.host, clock: () => this.time, cache: { ...this.options, onEvict },
      onListenerError: error => { throw error },
    })
    this.cache = this.stash.cache
  }

  checkBounds() {
    const { entries, bytes } = /** @type {any} */ (this.cache).stats
    const { maxEntries, maxBytes } = this.model.limits
    assert.ok(entries <= maxEntries && bytes <= maxBytes, `${entries} entries, ${bytes} bytes`)
  }

  key() {
    return ['a1', 'a2', 'b1', 'k:1:2', 'k:2:2', 'k:3:1', '名', '__proto__', '', 'c'][this.draw(10)] ?? 'c'
  }

  /** What both say to one verb. @returns {Promise<[actual: any, expected: any]>} */
  async step() {
    const { draw, model } = this
    const cache = /** @type {import('../../js/cache.js').CacheManager} */ (this.cache)
    const key = this.key()
    const verb = draw(20)
    this.last = `verb ${verb} of ${JSON.stringify(key)} at ${this.time}`
    switch (verb) {
      case 0: case 1: case 2: case 3: {
        const entry = drawEntry(draw)
        const value = draw(3) === 0 ? model.memory.get(key)?.value ?? 1 : this.value += 1
        return [cache.set(key, value, entry), model.set(key, value, entry)]
      }
      case 4: case 5: return [cache.get(key), model.get(key)]
      case 6: return [await cache.find(key), model.find(key)]
      case 7: return [cache.peek(key), model.peek(key)]
      case 8: return [cache.has(key), model.has(key)]
      case 9: return [cache.delete(key), model.remove(key, 'deleted')]
      case 10: return [cache.getRemainingTTL(key), model.remaining(key)]
      case 11: {
        if (draw(12) > 0) return [this.ordered(cache.entries()), this.ordered(model.entries())]
        cache.clear()
        return [undefined, model.clear()]
      }
      case 12: {
        const tag = TAGS[draw(3)] ?? ''
        return [cache.deleteByTag(tag), model.removeAll((_, { tags }) => tags.includes(tag))]
      }
      case 13: {
        if (draw(4) > 0) {
          return [this.ordered(cache.keys()), this.ordered(model.entries().map(([name]) => name))]
        }
        const pattern = PATTERNS[draw(PATTERNS.length)] ?? ''
        const isMatch = new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'u')
        return [cache.deleteMatching(pattern), model.removeAll(name => isMatch.test(name))]
      }
      case 14: return [cache.size, model.memory.size]
      case 15: return this.wrap(key)
      case 16: {
        cache.cleanup()
        return [this.told('expired'), this.modelTold('expired')]
      }
      case 17: {
        // Mostly a little ahead, now and then far, now and then back.
        const leap = [draw(20), draw(20), draw(120), -draw(300), draw(2000)][draw(5)] ?? 0
        this.time = Math.max(0, this.time + leap)
        // Both look at the clock now: of a leap there and back that nobody saw nothing is known.
        return [cache.has('never'), [model.moveTo(this.time), false][1]]
      }
      case 18: return this.reload()
      default: return this.dump()
    }
  }

  /** @param {string} key @returns {Promise<[any, any]>} */
  async wrap(key) {
    const cache = /** @type {import('../../js/cache.js').CacheManager} */ (this.cache)
    const value = this.draw(4) === 0 ? undefined : this.value += 1
    const entry = drawEntry(this.draw)
    const load = () => {
      if (value === undefined) throw new RangeError('no')
      return value
    }
    const found = await cache.wrap(key, load, entry).catch(() => 'failed')
    await settle()
    return [found, this.model.wrap(key, value, entry)]
  }

  /** Writes, dies or closes, and opens again. @returns {Promise<[any, any]>} */
  async reload() {
    const { stash, model, draw } = this
    if (!stash || !this.isPersisted) return [undefined, undefined]
    // What vanished unnoticed is told now or never.
    this.cache?.cleanup()
    // Without a change nothing is written, and the time of the last writing stays.
    const kept = [this.cache?.set('c', this.value += 1, { size: 1 }), model.set('c', this.value, { size: 1 })]
    assert.deepEqual(kept, [true, true])
    const { own } = /** @type {any} */ (this.cache)
    if (draw(2) === 0) {
      if (this.isDeferred) {
        own.tier.flushSoon()
        await own.tier.flushing
      } else stash.flushSync()
      model.flush()
    }
    if (draw(2) === 0) {
      if (draw(2) === 0) model.flush()
      else {
        // Killed: what was not written is gone, and nobody closes anything.
        this.host = await copyOf(this.host)
        own.end()
        await this.open()
        return [undefined, model.reopen()]
      }
      await stash.close()
      this.host = await copyOf(this.host)
      await this.open()
      return [undefined, model.reopen()]
    }
    return [undefined, undefined]
  }

  /** Brings a dump into the same cache, emptied. @returns {Promise<[any, any]>} */
  async dump() {
    const { model } = this
    const cache = /** @type {import('../../js/cache.js').CacheManager} */ (this.cache)
    const dumped = structuredClone(cache.dump())
    const entries = [...model.memory]
    if (this.isPersisted) {
      const keys = dumped.entries.map((/** @type {any} */ { key }) => key)
      return [this.ordered(keys), this.ordered(entries.map(([key]) => key))]
    }
    cache.clear()
    model.clear()
    const count = cache.load(dumped)
    const { idleTtl = Infinity } = this.options
    for (const [key, entry] of entries) {
      const fresh = Math.min(entry.fresh, entry.used + idleTtl)
      model.put(key, { ...entry, fresh, ends: Math.min(entry.ends, entry.used + idleTtl), used: model.now })
    }
    return [count, entries.length]
  }

  /** @param {string} reason */
  told(reason) {
    return sorted(this.events.filter(event => event[2] === reason))
  }

  /** @param {string} reason */
  modelTold(reason) {
    return sorted(this.model.events.filter(event => event[2] === reason))
  }
}

/** @param {[string, any, string][]} events */
function sorted(events) {
  return events.map(event => JSON.stringify(event)).sort()
}

/** Another host with the same records, as a process finds it that was not there before. @param {any} host */
async function copyOf(host) {
  const copy = /** @type {any} */ (memory({ immediate: host.immediate }))
  for (const key of await host.list('')) await copy.write(key, await host.read(key))
  if (host.witness) {
    const text = await host.witness.read()
    if (text !== undefined) await copy.witness.write(text)
  }
  return copy
}

test(`the cache does what a plain model does, seeds ${FIRST} to ${LAST}`, async t => {
  let steps = 0
  /** @type {Record<string, number>} */
  const reasons = {}
  for (let seed = Number(FIRST); seed <= Number(LAST); seed += 1) {
    const run = new Run(seed)
    run.model.moveTo(run.time)
    await run.open()
    try {
      for (let step = 0; step < STEPS; step += 1) {
        const [actual, expected] = await run.step()
        assert.deepEqual(actual, expected, `step ${step}, ${run.last}`)
        run.checkBounds()
        steps += 1
      }
      run.cache?.cleanup()
      for (const reason of ['capacity', 'expired', 'replaced', 'deleted', 'cleared']) {
        assert.deepEqual(run.told(reason), run.modelTold(reason), reason)
        reasons[reason] = (reasons[reason] ?? 0) + run.told(reason).length
      }
    } catch (error) {
      t.diagnostic(`replay: MINISTASH_CACHE_SEEDS=${seed}..${seed} node --test tests/js/cache-model.test.js`)
      t.diagnostic(JSON.stringify(run.options))
      throw error
    }
    await run.stash?.close()
  }
  t.diagnostic(`${steps} steps, evictions ${JSON.stringify(reasons)}`)
  assert.ok(Object.values(reasons).every(count => count > 20) || LAST === FIRST, JSON.stringify(reasons))
})
