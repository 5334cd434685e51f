// @ts-check
/**
 * From a question of the core to a call of the host, and back. The three halves keep apart whose
 * code runs: `readAsk` and `giveAnswer` run the core, `askNow` and `askLater` run the host. No rules
 * live here, only translation and the check that the host answers in the shape it promised.
 */

import { StorageError } from './errors.js'
import { fault } from './hosts/host.js'
import { decode, encode } from './value.js'
import { KIND, STEP } from './door.js'

/** @typedef {import('./door.js').Operation} Operation */
/** @typedef {import('./hosts/host.js').Data} Data */
/** @typedef {import('./hosts/host.js').Host<boolean>} Host */
/** @typedef {import('./session.js').Session} Session */

/**
 * What a host is asked, in the words of the host. Which members are there depends on the step.
 * @typedef {object} Ask
 * @property {number} step
 * @property {string[]} keys
 * @property {[string, Data][]} writes
 * @property {string} text The prefix to list, or the text for the witness.
 */

/** The refusals, each at the place that is its number at the door; the last stands for all others. */
const FAULTS = Object.freeze(/** @type {const} */ (
  ['QUOTA_EXCEEDED', 'VALUE_TOO_LARGE', 'BUSY', 'HOST_FAILED']))

/** A surrogate without its other half: UTF-8 has no bytes for it. */
const LONE_SURROGATE = /[\uD800-\uDFFF]/u

/**
 * Takes the question out of an operation.
 * @param {Operation} operation
 * @param {number} step
 * @returns {Ask}
 */
export function readAsk(operation, step) {
  /** @type {Ask} */
  const ask = { step, keys: NOTHING, writes: NOTHING, text: '' }
  if (step === STEP.READ || step === STEP.REMOVE) ask.keys = keysFrom(operation, 0)
  else if (step === STEP.WRITE) ask.writes = writesOf(operation)
  else if (step === STEP.LIST) ask.text = operation.key(0)
  else if (step === STEP.WRITE_WITNESS) ask.text = operation.text(0)
  else if (step === STEP.COMMIT) {
    ask.writes = writesOf(operation)
    ask.keys = keysFrom(operation, operation.count)
  }
  return ask
}

/**
 * Asks an immediate host: whatever it throws leaves this function.
 * @param {Session} session
 * @param {Ask} ask
 * @returns {unknown} What `giveAnswer` takes.
 */
export function askNow(session, ask) {
  const { host } = session
  const count = callCount(host, ask)
  let taken = noneTaken(ask)
  for (let at = 0; at < count; at += 1) {
    const answer = callHost(session, ask, at)
    refuseLate(host, answer)
    taken = takeAnswer(session, ask, taken, answer)
  }
  return taken
}

/**
 * Asks a deferred host. What is yielded is the Promise that the host returned; what comes back is what it
 * settled to.
 * @param {Session} session
 * @param {Ask} ask
 * @returns {Generator<unknown, unknown, any>}
 */
export function* askLater(session, ask) {
  const count = callCount(session.host, ask)
  let taken = noneTaken(ask)
  for (let at = 0; at < count; at += 1) {
    const answer = callHost(session, ask, at)
    taken = takeAnswer(session, ask, taken, isThenable(answer) ? yield answer : answer)
  }
  return taken
}

/**
 * How many calls of the host an ask takes.
 * @param {Host} host
 * @param {Ask} ask
 */
function callCount(host, { step, keys, writes }) {
  if (step === STEP.READ) return host.readMany && keys.length > 1 ? 1 : keys.length
  if (step === STEP.WRITE) return host.writeMany && writes.length > 1 ? 1 : writes.length
  if (step === STEP.REMOVE) return host.removeMany && keys.length > 1 ? 1 : keys.length
  return 1
}

/**
 * Makes one of those calls, counted before it is made, so that a refused one counts too. Host code runs in
 * this function only.
 * @param {Session} session
 * @param {Ask} ask
 * @param {number} at Which one.
 * @returns {unknown}
 */
function callHost(session, { step, keys, writes, text }, at) {
  const { host } = session
  session.hostCalls += 1
  switch (step) {
    case STEP.READ:
      return host.readMany && keys.length > 1 ? host.readMany(keys) : host.read(keyAt(keys, at))
    case STEP.WRITE: {
      if (host.writeMany && writes.length > 1) return host.writeMany(writes)
      const [key, data] = /** @type {[string, Data]} */ (writes[at])
      return host.write(key, data)
    }
    case STEP.REMOVE:
      return host.removeMany && keys.length > 1 ? host.removeMany(keys) : host.remove(keyAt(keys, at))
    case STEP.LIST:
      return host.list(text)
    case STEP.COMMIT:
      return optional(host, 'commit')({ writes, removes: keys })
    case STEP.INFO:
      return optional(host, 'info')()
    case STEP.READ_WITNESS:
      return optional(host, 'witness').read()
    case STEP.WRITE_WITNESS:
      return optional(host, 'witness').write(text)
    default:
      throw fault('HOST_FAILED', `the core asked what this shell does not know (step ${step}): update both`)
  }
}

/** @type {(keys: string[], at: number) => string} */
const keyAt = (keys, at) => /** @type {string} */ (keys[at])

/** @param {Ask} ask @returns {unknown} What was taken before the first call. */
function noneTaken({ step }) {
  return step === STEP.READ ? [] : undefined
}

/**
 * Checks the answer of a call.
 * @param {Session} session
 * @param {Ask} ask
 * @param {any} taken What the calls before it gave.
 * @param {any} answer
 * @returns {unknown} What they and this one give.
 */
function takeAnswer(session, { step, keys }, taken, answer) {
  const { host } = session
  switch (step) {
    case STEP.READ:
      if (host.readMany && keys.length > 1) return manyData(host, keys, answer)
      taken.push(readData(host, answer))
      return taken
    case STEP.LIST: return listedKeys(host, answer)
    case STEP.INFO: return roomOf(session, answer)
    case STEP.READ_WITNESS: return witnessText(host, answer)
    default: return undefined
  }
}

/**
 * Hands the answer of the host to the operation.
 * @param {Operation} operation
 * @param {number} step
 * @param {any} answer
 */
export function giveAnswer(operation, step, answer) {
  if (step === STEP.READ) for (const data of answer) giveData(operation, data)
  else if (step === STEP.LIST) for (const key of answer) operation.push(KIND.TEXT, key)
  else if (step === STEP.READ_WITNESS) giveData(operation, answer)
  else if (step === STEP.INFO) {
    operation.pushNumber(answer.usedBytes)
    operation.pushNumber(answer.limitBytes)
  }
}

/**
 * The code of a refusal as the door counts them; whatever is no fault is HOST_FAILED.
 * @param {any} refusal
 * @returns {number}
 */
export function faultCodeOf(refusal) {
  const code = FAULTS.indexOf(refusal?.fault)
  return code === -1 ? FAULTS.indexOf('HOST_FAILED') : code
}

/**
 * The words of a refusal: mini-programs reject with objects that carry `errMsg`.
 * @param {any} refusal
 * @returns {string}
 */
export function faultMessageOf(refusal) {
  const text = typeof refusal === 'string' ? refusal : refusal?.message ?? refusal?.errMsg
  return typeof text === 'string' && text !== '' ? text : 'the host gave no reason'
}

/**
 * Turns what a host threw outside of any operation into the error that users see.
 * @param {unknown} refusal
 * @returns {StorageError}
 */
export function errorOfRefusal(refusal) {
  if (StorageError.is(refusal)) return refusal
  const code = FAULTS[faultCodeOf(refusal)] ?? 'HOST_FAILED'
  return new StorageError(code, faultMessageOf(refusal), { cause: refusal })
}

/**
 * @param {unknown} value
 * @returns {value is PromiseLike<unknown>}
 */
export function isThenable(value) {
  return (typeof value === 'object' || typeof value === 'function') && value !== null
    && 'then' in value && typeof value.then === 'function'
}

/**
 * Refuses the Promise of an immediate host.
 * @param {Host} host
 * @param {unknown} answer
 */
function refuseLate(host, answer) {
  if (!isThenable(answer)) return
  // Nobody will await it, so its rejection must not count as unhandled.
  answer.then(undefined, () => {})
  throw misanswer(host, 'returned a Promise although it says `immediate: true`: make it say false')
}

/** @type {any[]} */
const NOTHING = []

/**
 * @param {Operation} operation
 * @param {number} first
 */
export function keysFrom(operation, first) {
  const { keyCount } = operation
  const keys = []
  for (let index = first; index < keyCount; index += 1) keys.push(operation.key(index))
  return keys
}

/** @param {Operation} operation */
function writesOf(operation) {
  const { count } = operation
  /** @type {[string, Data][]} */
  const writes = []
  for (let index = 0; index < count; index += 1) writes.push([operation.key(index), dataOf(operation, index)])
  return writes
}

/**
 * @param {Operation} operation
 * @param {number} index
 * @returns {Data}
 */
function dataOf(operation, index) {
  const kind = operation.kind(index)
  if (kind === KIND.BYTES) return operation.bytes(index)
  const text = operation.text(index)
  return kind === KIND.TEXT ? text : decode(kind, text)
}

/**
 * @param {Operation} operation
 * @param {any} data What `readData` made.
 */
function giveData(operation, data) {
  if (data === undefined) operation.pushMissing()
  else if (typeof data === 'string') operation.push(KIND.TEXT, data)
  else if (ArrayBuffer.isView(data)) operation.pushBytes(/** @type {Uint8Array} */ (data))
  else operation.push(data.form, data.text)
}

/**
 * Checks what was read: a string, bytes, undefined, or a native value, which goes on encoded.
 * @param {Host} host
 * @param {any} data
 */
function readData(host, data) {
  if (data === undefined) return undefined
  if (host.holds === 'native') return nativeData(host, data)
  // Web Storage and Redis say null for missing; a host of text or bytes can mean nothing else by it.
  if (data === null) return undefined
  if (host.holds === 'text' ? typeof data === 'string' : isBytes(data)) return data
  throw misanswer(host, `returned ${typeof data} from read() although it holds ${host.holds}`)
}

/**
 * @param {Host} host
 * @param {any} data
 */
function nativeData(host, data) {
  if (typeof data === 'string' && !LONE_SURROGATE.test(data)) return data
  try {
    return encode(data)
  } catch (cause) {
    throw misanswer(host, 'returned a value from read() that cannot be stored', cause)
  }
}

/**
 * @param {Host} host
 * @param {string[]} keys
 * @param {any} answer
 */
function manyData(host, keys, answer) {
  if (!Array.isArray(answer) || answer.length !== keys.length) {
    const shape = `an array with one answer for each of ${keys.length} keys`
    throw misanswer(host, `must return from readMany() ${shape}`)
  }
  // A hole of a sparse array is a missing key too, and `map` would leave it out.
  return Array.from(answer, data => readData(host, data))
}

/**
 * @param {Host} host
 * @param {any} answer
 */
function listedKeys(host, answer) {
  if (Array.isArray(answer) && answer.every(key => typeof key === 'string')) return answer
  throw misanswer(host, 'must return an array of strings from list()')
}

/**
 * @param {Host} host
 * @param {any} answer
 */
function witnessText(host, answer) {
  if (answer === undefined || answer === null) return undefined
  if (typeof answer === 'string') return answer
  throw misanswer(host, `returned ${typeof answer} from witness.read(), expected a string or undefined`)
}

/**
 * @param {import('./session.js').Session} session
 * @param {any} answer
 */
function roomOf(session, answer) {
  if (typeof answer !== 'object' || answer === null) {
    throw misanswer(session.host, 'must return an object from info()')
  }
  // Of no use to the core; `getInfo` tells it.
  session.isPersisted = typeof answer.isPersisted === 'boolean' ? answer.isPersisted : undefined
  return { usedBytes: bytesOrUnknown(answer.usedBytes), limitBytes: bytesOrUnknown(answer.limitBytes) }
}

/** @param {unknown} size */
function bytesOrUnknown(size) {
  return typeof size === 'number' && Number.isFinite(size) && size >= 0 ? Math.floor(size) : -1
}

/**
 * @template {'commit' | 'info' | 'witness'} Name
 * @param {Host} host
 * @param {Name} name
 * @returns {NonNullable<Host[Name]>}
 */
function optional(host, name) {
  const member = host[name]
  if (member === undefined) throw misanswer(host, `was asked for ${name}, which it does not have`)
  return member
}

/**
 * Bytes are told by their tag: a Buffer is one, and so is an array from another realm.
 * @param {unknown} data
 * @returns {data is Uint8Array}
 */
export function isBytes(data) {
  return ArrayBuffer.isView(data) && Object.prototype.toString.call(data) === '[object Uint8Array]'
}

/**
 * @param {Host} host
 * @param {string} what
 * @param {unknown} [cause]
 */
function misanswer(host, what, cause) {
  return fault('HOST_FAILED', `the host "${host.name}" ${what}`, cause)
}
