// @ts-check
/**
 * The shell of synchronisation in a simulated world, over the real core: several devices on immediate and
 * deferred hosts, every rule for conflicts, a network and a server as sync-network.js has them, hosts that
 * refuse and processes that die at any call, clocks that jump. In the end all hold the same, nothing
 * accepted is lost, nothing was applied twice, and nobody who waits is forgotten. Time is virtual.
 *
 *     node tests/js/support/sync-simulation.js FIRST LAST [STEPS]
 *
 * A program of its own, because a test runner that watches every promise makes it several times slower.
 */

import assert from 'node:assert/strict'
import { memory, open } from '../../../js/index.js'
import { cutAt, faulty, refuseAt } from '../../../js/testing/faulty.js'
import { randomOf } from './sync-crowd.js'
import { World } from './sync-network.js'
import { Truth, fieldOf, wordsOf } from './sync-truth.js'

/** @import { ConflictRule, SyncConflict } from '../../../js/sync-options.js' */
/** @import { Faulty } from '../../../js/testing/faulty.js' */

const [FIRST = 0, LAST = FIRST + 1, STEPS = 150] = process.argv.slice(2).map(Number)
const KEYS = Object.freeze(['a', 'b', '名', 'z~z'])
const YEAR_MS = 365 * 24 * 60 * 60_000
const MINUTE_MS = 60_000
const ROUNDS_MAX = 20
const FAULTS = Object.freeze(/** @type {const} */ (['QUOTA_EXCEEDED', 'BUSY', 'HOST_FAILED']))

/** @type {readonly (() => any)[]} */
const HOSTS = Object.freeze([
  () => memory(),
  () => memory({ immediate: false }),
  () => memory({ holds: 'native' }),
  () => memory({ holds: 'bytes', immediate: false, batch: false }),
  () => memory({ atomic: true }),
  () => memory({ atomic: true, immediate: false }),
])

/** @param {SyncConflict} conflict */
function byField({ base = {}, local, remote }) {
  if (local === undefined || remote === undefined) return local ?? remote
  const changed = Object.entries(local).filter(([name, tag]) => base[name] !== tag)
  return { ...remote, ...Object.fromEntries(changed) }
}

/** @type {readonly ConflictRule[]} */
const RULES = Object.freeze(['last-write', 'server', 'client', 'merge', byField,
  async (/** @type {SyncConflict} */ conflict) => byField(conflict)])

/** @typedef {Awaited<ReturnType<typeof open>>} Stash */

/**
 * @typedef {object} Device
 * @property {number} index
 * @property {any} memory What outlives its process.
 * @property {Faulty<any>} power
 * @property {Stash} stash
 * @property {number} clockError
 * @property {Set<Promise<unknown>>} waiting What its user waits for.
 */

class Simulation {
  /** @param {number} seed */
  constructor(seed) {
    const random = randomOf(seed + 1)
    const roll = (/** @type {number} */ sides) => Math.floor(random() * sides)
    this.rule = RULES[roll(RULES.length)] ?? 'server'
    const isMerging = this.rule === 'merge' || typeof this.rule === 'function'
    this.isStrict = isMerging && roll(2) === 0
    this.world = new World(random, { merges: isMerging && roll(2) === 0, isRough: !this.isStrict })
    const count = 2 + roll(3)
    this.truth = new Truth(this.world.server, count, { isMerging, isStrict: this.isStrict })
    this.options = { batchSize: 1 + roll(6), digestInterval: roll(2) === 0 ? 30_000 : null }
    /** @type {Device[]} */
    this.devices = []
    this.kills = 0
    /** Of errors that a claim made where nobody would hear them. @type {unknown[]} */
    this.broken = []
  }

  async begin() {
    const count = this.truth.tags.length
    for (let index = 0; index < count; index += 1) {
      const host = HOSTS[this.world.roll(HOSTS.length)] ?? memory
      const made = host()
      const device = /** @type {Device} */ ({ index, memory: made, clockError: 0, waiting: new Set() })
      this.devices.push(device)
      await this.open(device)
    }
  }

  /** @param {Device} device */
  async open(device) {
    const { world, truth, options, rule } = this
    device.power = faulty(device.memory)
    const { index, power } = device
    const bytes = Uint8Array.from({ length: 32 }, () => world.roll(256))
    device.stash = await open({
      host: power.host,
      clock: () => world.now + device.clockError,
      entropy: () => bytes,
      onListenerError: () => {},
      sync: {
        transport: world.transport(), conflict: rule, interval: '20s', timeout: '5s',
        retry: { base: 100, cap: 10_000, attempts: 4 }, ...options,
      },
    })
    const { sync } = device.stash
    for (const fate of /** @type {const} */ (['accepted', 'lost', 'rejected', 'discarded'])) {
      // Who is dead hears nothing.
      sync.on(fate, ({ id }) => {
        if (!power.isCut) this.guard(() => truth.ended(index, id, fate))
      })
    }
    sync.start()
  }

  /** Keeps what a listener finds wrong: what it throws would only be reported. @param {() => void} look */
  guard(look) {
    try {
      look()
    } catch (error) {
      this.broken.push(error)
    }
  }

  /** One thing happens. */
  async step() {
    const { world } = this
    await this.pass(world.roll(400))
    const device = this.any()
    switch (world.roll(10)) {
      case 0: case 1: case 2: case 3:
        this.change(device)
        break
      case 4: case 5:
        this.wait(device, device.stash.sync.syncData({ verify: world.roll(4) === 0 }))
        break
      case 6:
        this.plan(device)
        break
      case 7:
        this.disturb(device)
        break
      case 8:
        world.disturbServer()
        break
      default:
        this.revise(device)
    }
    await this.rest()
  }

  any() {
    return /** @type {Device} */ (this.devices[this.world.roll(this.devices.length)])
  }

  /** Time goes by. @param {number} ms */
  async pass(ms) {
    this.world.now += ms
    this.world.deliver()
    await this.rest()
  }

  /** Lets everything happen that waits for no time; who has died meanwhile is started again. */
  async rest() {
    await turn()
    await turn()
    for (const device of this.devices) if (device.power.isCut) await this.restart(device)
    this.truth.checkClaims()
    const [error] = this.broken
    if (error !== undefined) throw error
  }

  /** Who waits for a change hears of its end. @param {Device} device @param {string} id */
  await(device, id) {
    this.wait(device, device.stash.sync.awaitAccepted(id).catch(() => {}))
  }

  /** The user of a device changes something, and sees it at once. @param {Device} device */
  change(device) {
    const { world, truth } = this
    const { index, stash: { sync } } = device
    /** @type {any} */
    const { storage } = device.stash
    const key = KEYS[world.roll(KEYS.length)] ?? ''
    const isDelete = !this.isStrict && world.roll(4) === 0
    const tag = truth.nextTag(index)
    const data = { [fieldOf(index)]: tag }
    const ended = new Set(truth.fates[index]?.keys())
    /** @type {any} */
    const change = isDelete ? { type: 'delete', key } : { type: 'update', key, data }
    const done = (/** @type {string} */ id) => {
      this.guard(() => truth.added(index, id, key, isDelete ? undefined : tag, ended))
      if (world.roll(4) === 0) this.await(device, id)
    }
    if (device.memory.immediate) {
      try {
        const before = storage.getSync(key, undefined)
        const id = sync.addPendingChangeSync(change)
        const seen = storage.getSync(key, undefined)
        this.guard(() => assert.equal(wordsOf(seen), wordsOf(isDelete ? undefined : { ...before, ...data })))
        done(id)
      } catch {
        truth.maybe(index, key)
      }
      return
    }
    this.wait(device, sync.addPendingChange(change).then(done, () => truth.maybe(index, key)))
  }

  /**
   * Somebody waits for this, and must not be forgotten.
   * @param {Device} device
   * @param {Promise<unknown>} promise
   */
  wait({ waiting }, promise) {
    waiting.add(promise)
    const end = () => { waiting.delete(promise) }
    promise.then(end, end)
  }

  /** The host of a device refuses, or dies with it, some calls from now. @param {Device} device */
  plan({ power }) {
    const { world } = this
    const call = 1 + world.roll(24)
    const isApplied = world.roll(2) === 0
    const fault = FAULTS[world.roll(FAULTS.length)] ?? 'BUSY'
    power.expect(world.roll(3) > 0 ? cutAt(call, isApplied) : refuseAt(call, fault, isApplied))
  }

  /** @param {Device} device */
  disturb(device) {
    const { world } = this
    if (world.roll(8) === 0) {
      device.power.isCut = true
      return
    }
    device.clockError = [YEAR_MS, -YEAR_MS, 0, 0][world.roll(6)] ?? world.roll(20_000) - 10_000
  }

  /** Its process is dead: another one opens what it held. @param {Device} device */
  async restart(device) {
    this.kills += 1
    this.truth.died(device.index)
    device.waiting.clear()
    device.memory.close?.()
    await this.open(device)
  }

  /** The user of a device deals with what was refused. @param {Device} device */
  revise(device) {
    const { truth } = this
    const { index, power, stash: { sync } } = device
    const choice = this.world.roll(3)
    this.wait(device, (async () => {
      const [first] = await sync.rejected()
      if (!first || choice === 2) return
      truth.revised(index, first.key)
      if (choice === 0) await sync.discard(first.id)
      else await sync.requeue(first.id)
    })().catch(error => {
      if (!power.isCut && Object(error).code === 'INVALID_OPTION') this.broken.push(error)
    }))
  }

  /** The world goes well from now on, until nothing happens any more. */
  async quiet() {
    const { world } = this
    world.becomeQuiet()
    for (const device of this.devices) {
      device.clockError = 0
      device.power.expect(undefined)
    }
    for (let round = 0; ; round += 1) {
      assert.ok(round < ROUNDS_MAX, `it does not come to rest: ${JSON.stringify(
        this.devices.map(({ stash }) => ({ ...stash.sync.status, server: world.server.cursor })))}`)
      for (const device of this.devices) this.wait(device, device.stash.sync.syncData({ verify: true }))
      for (let tick = 0; tick < 500 && this.devices.some(({ waiting }) => waiting.size > 0); tick += 1) {
        await this.pass(5)
      }
      const isDone = this.devices.every(({ stash: { sync: { status } } }) =>
        status.pending === 0 && status.cursor === world.server.cursor)
      if (isDone && this.devices.every(({ waiting }) => waiting.size === 0)) return
      await this.pass(MINUTE_MS)
    }
  }

  /** All is as it should be. */
  async check() {
    const { server } = this.world
    const live = [...server.rows.values()].filter(({ deleted }) => !deleted)
    const held = live.map(({ key, value }) => [key, wordsOf(value)]).sort()
    for (const { index, stash } of this.devices) {
      const entries = await stash.storage.entries()
      const own = entries.map(([key, value]) => [key, wordsOf(value)]).sort()
      assert.deepEqual(own, held, `device ${index} holds something else`)
      const verified = stash.sync.syncData({ verify: true })
      for (let tick = 0; tick < 20; tick += 1) await this.pass(5)
      assert.equal((await verified).repaired, 0, `device ${index} knows other versions`)
      await this.truth.check(index, stash.sync)
    }
    this.truth.checkServer()
  }

  async end() {
    for (const { stash } of this.devices) await stash.close()
  }
}

/** Every promise that waits for no time has its turn. */
const turn = () => new Promise(resolve => { setImmediate(resolve) })

/** @param {number} seed */
async function simulate(seed) {
  const simulation = new Simulation(seed)
  simulation.world.takeTimers()
  await simulation.begin()
  for (let step = 0; step < STEPS; step += 1) await simulation.step()
  await simulation.quiet()
  await simulation.check()
  await simulation.end()
  return { kills: simulation.kills, applied: simulation.world.server.log.length }
}

let [kills, applied] = [0, 0]
for (let seed = FIRST; seed < LAST; seed += 1) {
  try {
    const done = await simulate(seed)
    kills += done.kills
    applied += done.applied
  } catch (error) {
    console.error(error)
    console.error(`seed ${seed} fails; this replays it: `
      + `node tests/js/support/sync-simulation.js ${seed} ${seed + 1} ${STEPS}`)
    process.exit(1)
  }
}
console.log(`${LAST - FIRST} seeds: ${applied} changes applied, ${kills} kills`)
