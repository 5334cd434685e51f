// @ts-check
/**
 * A host around a host that fails when it is told to: every call counted, any call refused, lost, late or the
 * last one before the power goes.
 */

import { fault } from '../hosts/host.js'
import { later } from './place.js'
import { PowerCut } from './power-cut.js'

/** @import { Data, FaultCode, Host } from '../hosts/host.js' */

/**
 * One call that reached the host. Calls are numbered from 1; `open`, `close` and `entropy` do not count.
 * @typedef {object} Call
 * @property {number} number
 * @property {'read' | 'write' | 'remove' | 'list' | 'readMany' | 'writeMany' | 'removeMany' | 'commit' |
 *   'info' | 'readWitness' | 'writeWitness'} verb
 * @property {string[]} keys The keys it names; the prefix of a list.
 * @property {number} parts Into how many a cut can divide it: the entries of a batch, else 1.
 */

/**
 * What is to happen to a call. `applied` says how much takes effect before: nothing (false, the default),
 * all (true), or so many entries of a batch.
 * @typedef {{ refuse: FaultCode, applied?: boolean | number, cause?: unknown }
 *   | { cut: true, applied?: boolean | number }
 *   | { lose: true }} Mishap
 */

/**
 * @typedef {object} FaultyOptions
 * @property {Plan} [plan] Says what happens to each call; by default nothing does.
 * @property {(call: Call) => Promise<void>} [before] Deferred hosts: what each call waits for before it
 *   takes effect, so that calls overtake each other.
 * @property {(call: Call) => Promise<void>} [after] Deferred hosts: what each answer waits for.
 */

/**
 * What the test holds of a faulty host.
 * @template {Readonly<Host>} Inner
 * @typedef {object} Faulty
 * @property {Inner} host The host to open a store on.
 * @property {Inner} inner The host beneath, to look at what is really there, and to open again after a cut.
 * @property {Call[]} calls Every call so far.
 * @property {boolean} isCut Whether the power is gone.
 * @property {(plan: FaultyOptions['plan']) => void} expect Takes another plan; calls count from 1 again.
 */

/**
 * Wraps a host, immediate or deferred; the wrapper offers exactly what the inner host offers. After a
 * power cut, close `host` or `inner`, and wrap `inner` anew: the wrapper stays dark.
 * @template {Readonly<Host>} Inner
 * @param {Inner} inner
 * @param {FaultyOptions} [options]
 * @returns {Faulty<Inner>}
 */
export function faulty(inner, { plan, before, after } = {}) {
  /** @type {Faulty<Inner>} */
  const control = {
    host: inner,
    inner,
    calls: [],
    isCut: false,
    expect(next) {
      plan = next
      control.calls = []
    },
  }

  /** @type {Pass} */
  const pass = (verb, keys, parts, act) => {
    const call = { number: control.calls.length + 1, verb, keys, parts }
    if (!control.isCut) control.calls.push(call)
    const mishap = control.isCut ? { cut: /** @type {const} */ (true) } : plan?.(call)
    return inner.immediate ? perform(control, mishap, call, act) : performLater(mishap, call, act)
  }

  /** @type {(mishap: Mishap | undefined, call: Call, act: (count: number) => any) => Promise<any>} */
  const performLater = async (mishap, call, act) => {
    // Without a wait of its own a call reaches the inner host in the turn it was made, and in order.
    if (before !== undefined) await before(call)
    // Whoever is still on the way when the power goes never arrives, and whoever has arrived is not answered.
    const answer = await perform(control, control.isCut ? { cut: true } : mishap, call, act)
    if (after !== undefined) await after(call)
    if (control.isCut) throw new PowerCut()
    return answer
  }

  control.host = /** @type {Inner} */ (Object.freeze(wrap(inner, pass)))
  return control
}

/** @typedef {(call: Call) => Mishap | undefined} Plan */

/**
 * A plan that cuts the power at one call.
 * @type {(number: number, applied?: boolean | number) => Plan}
 */
export function cutAt(number, applied = false) {
  return call => call.number === number ? { cut: true, applied } : undefined
}

/**
 * A plan that refuses one call.
 * @type {(number: number, refuse: FaultCode, applied?: boolean | number) => Plan}
 */
export function refuseAt(number, refuse, applied = false) {
  return call => call.number === number ? { refuse, applied } : undefined
}

/**
 * A plan by which one call is acknowledged and never done.
 * @type {(number: number) => Plan}
 */
export function loseAt(number) {
  return call => call.number === number ? { lose: true } : undefined
}

/**
 * Waits of none to `most` turns of the event loop, drawn from a seed: for `before` and `after`.
 * @param {number} seed
 * @param {number} [most]
 * @returns {(call: Call) => Promise<void>}
 */
export function lateBy(seed, most = 4) {
  let state = seed >>> 0
  return async () => {
    // A linear congruential generator (Numerical Recipes): only the order matters.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    for (let turns = (state >>> 16) % (most + 1); turns > 0; turns--) {
      await new Promise(resolve => { later(() => resolve(undefined)) })
    }
  }
}

/** @typedef {(verb: Call['verb'], keys: string[], parts: number, act: (count: number) => any) => any} Pass */

/** @typedef {(count: number) => any} Act How much of a call to do: its parts, or fewer. */

/** @type {(control: { isCut: boolean }, mishap: Mishap | undefined, call: Call, act: Act) => any} */
function perform(control, mishap, call, act) {
  if (mishap === undefined) return act(call.parts)
  if ('lose' in mishap) return undefined
  const wasCut = control.isCut
  if ('cut' in mishap) control.isCut = true
  const applied = mishap.applied === true ? call.parts : Number(mishap.applied ?? 0)
  const effect = applied > 0 && !wasCut ? act(applied) : undefined
  const end = () => {
    if ('cut' in mishap) throw new PowerCut()
    throw fault(mishap.refuse, `call ${call.number} (${call.verb}) is refused`, mishap.cause)
  }
  return typeof Object(effect).then === 'function' ? effect.then(end) : end()
}

/** @type {(inner: Readonly<Host>, pass: Pass) => object} */
function wrap(inner, pass) {
  const { readMany, writeMany, removeMany, commit, info, witness } = inner
  /** @type {Partial<Host>} */
  const wrapped = {
    read: key => pass('read', [key], 1, () => inner.read(key)),
    write: (key, data) => pass('write', [key], 1, () => inner.write(key, data)),
    remove: key => pass('remove', [key], 1, () => inner.remove(key)),
    list: prefix => pass('list', [prefix], 1, () => inner.list(prefix)),
    readMany: readMany && (keys => pass('readMany', keys, 1, () => readMany(keys))),
    writeMany: writeMany && (entries =>
      pass('writeMany', keysOf(entries), entries.length, count => writeMany(entries.slice(0, count)))),
    removeMany: removeMany && (keys =>
      pass('removeMany', keys, keys.length, count => removeMany(keys.slice(0, count)))),
    commit: commit && (change =>
      pass('commit', [...keysOf(change.writes), ...change.removes], 1, () => commit(change))),
    info: info && (() => pass('info', [], 1, () => info())),
    witness: witness && {
      read: () => pass('readWitness', [], 1, () => witness.read()),
      write: text => pass('writeWitness', [], 1, () => witness.write(text)),
    },
  }
  return { ...inner, ...wrapped }
}

/** @type {(entries: [string, Data][]) => string[]} */
function keysOf(entries) {
  return entries.map(([key]) => key)
}
