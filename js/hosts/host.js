// @ts-check
/**
 * The port: what a person writes to bring a store of their own. A host translates between the core
 * and the store beneath; it has no rules. The interface, the refusals and the check are here: no store.
 */

import { StorageError } from '../errors.js'

/**
 * What lies under a key: a string, bytes or, on hosts that hold native values, JSON as itself.
 * @typedef {string | Uint8Array | number | boolean | object | null} Data
 */

/**
 * How a host replies: at once if it is immediate, by a Promise if it is deferred.
 * @template T
 * @template {boolean} Immediate
 * @typedef {Immediate extends true ? T : Promise<T>} Answer
 */

/**
 * The limits of a host in bytes of UTF-8, keys included.
 * @typedef {object} Limits
 * @property {number} [entryBytes] The most that one record may take.
 * @property {number} [totalBytes] The most that all records together may take.
 */

/**
 * Several changes that a host applies together.
 * @typedef {object} Change
 * @property {[key: string, data: Data][]} writes The records to replace.
 * @property {string[]} removes The keys to remove; none of them is among the writes.
 */

/**
 * What a host tells of its room.
 * @typedef {object} Room
 * @property {number | undefined} usedBytes What the records take, if the host can tell.
 * @property {number | undefined} limitBytes What they may take, if the host can tell.
 */

/**
 * A small text kept apart from the records, so that a wipe can be told from a first start.
 * @template {boolean} [Immediate=boolean]
 * @typedef {object} Witness
 * @property {() => Answer<string | undefined, Immediate>} read Reads the text, if there is one.
 * @property {(text: string) => Answer<void, Immediate>} write Replaces the text.
 */

/**
 * A store as the core sees it. A refusal is an Error thrown (or rejected with) by the call; `fault`
 * makes one, and whatever else is thrown counts as HOST_FAILED. After a refusal the record is whole:
 * the old one or the new one. Neither side keeps a reference to data that it handed over.
 * @template {boolean} [Immediate=boolean]
 * @typedef {object} Host
 * @property {string} name A short name for messages, such as 'node'.
 * @property {Immediate} immediate True: every call answers at once. False: every call is a Promise.
 * @property {'text' | 'bytes' | 'native'} holds What `read` returns and `write` takes.
 * @property {Limits} [limits] The limits known beforehand.
 * @property {string[]} [foreignPrefixes] How keys begin that others keep beside ours.
 * @property {(key: string) => Answer<Data | undefined, Immediate>} read Reads; missing is `undefined`.
 * @property {(key: string, data: Data) => Answer<void, Immediate>} write Replaces all or nothing.
 * @property {(key: string) => Answer<void, Immediate>} remove Removes; a missing key is no error.
 * @property {(prefix: string) => Answer<string[], Immediate>} list Every key that begins so, any order.
 * @property {(keys: string[]) => Answer<(Data | undefined)[], Immediate>} [readMany] Reads in order.
 * @property {(entries: [key: string, data: Data][]) => Answer<void, Immediate>} [writeMany] Not atomic.
 * @property {(keys: string[]) => Answer<void, Immediate>} [removeMany] Not atomic.
 * @property {(change: Change) => Answer<void, Immediate>} [commit] Applies all of a change or nothing.
 * @property {() => Answer<Room, Immediate>} [info] Tells the room taken and left.
 * @property {Witness<Immediate>} [witness] What tells a wipe from a first start.
 * @property {(name: string) => Promise<() => void | Promise<void>>} [lock] Locks a name for all who share
 *   the store. On a deferred host each change is made under it, so that none of them is lost.
 * @property {() => Uint8Array | Promise<Uint8Array>} [entropy] 32 bytes or more, from a secure source.
 * @property {() => void | Promise<void>} [open] Called once, first: takes the lock, clears leftovers.
 * @property {() => void | Promise<void>} [close] Gives everything back; the data stay.
 */

/**
 * Why a host refuses: no room, one record too large, the store in other hands, anything else.
 * @typedef {'QUOTA_EXCEEDED' | 'VALUE_TOO_LARGE' | 'BUSY' | 'HOST_FAILED'} FaultCode
 */

/**
 * Makes the Error by which a host refuses; the message says what happened and what to do.
 * @param {FaultCode} code
 * @param {string} message
 * @param {unknown} [cause]
 * @returns {Error & { fault: FaultCode, cause?: unknown }}
 */
export function fault(code, message, cause) {
  // Engines before ES2022 ignore the options of Error, so the cause is set by hand.
  return Object.assign(new Error(message), { fault: code }, cause === undefined ? {} : { cause })
}

/**
 * Checks a host and returns a frozen copy of it with its methods bound; throws INVALID_OPTION that
 * names everything missing or wrong.
 * @template {Host} Definition
 * @param {Definition} definition
 * @returns {Readonly<Definition>}
 */
export function defineHost(definition) {
  const isObject = typeof definition === 'object' && definition !== null
  const host = /** @type {Record<string, any>} */ (isObject ? definition : {})
  const wrong = isObject ? wrongParts(host) : [`a host object, got ${kindOf(definition)}`]
  if (wrong.length > 0) {
    throw new StorageError('INVALID_OPTION', `this is not a host: expected ${wrong.join('; expected ')}`)
  }
  const copy = /** @type {Record<string, unknown>} */ (Object.assign({}, host))
  // The members of a class lie on its prototype and use `this`: named one by one, they come along.
  for (const name of MEMBERS) if (host[name] !== undefined) copy[name] = host[name]
  for (const name in VERBS) if (host[name] !== undefined) copy[name] = host[name].bind(host)
  return /** @type {Readonly<Definition>} */ (Object.freeze(copy))
}

const MEMBERS = ['name', 'immediate', 'holds', 'limits', 'foreignPrefixes', 'witness']
const REQUIRED = ['name', 'immediate', 'holds', 'read', 'write', 'remove', 'list']
/** @type {Record<string, string>} */
const VERBS = { read: 'key', write: 'key, data', remove: 'key', list: 'prefix', readMany: 'keys',
  writeMany: 'entries', removeMany: 'keys', commit: 'change', info: '', lock: 'name', entropy: '',
  open: '', close: '' }

/** @param {Record<string, any>} host */
function wrongParts(host) {
  const { limits, foreignPrefixes, witness } = host
  const wrong = /** @type {string[]} */ ([])
  /** @type {(name: string, what: string, isRight: boolean) => void} */
  const expect = (name, what, isRight) => {
    const isGiven = host[name] !== undefined || REQUIRED.includes(name)
    if (isGiven && !isRight) wrong.push(`${what}, got ${kindOf(host[name])}`)
  }
  expect('name', 'a string `name`', isText(host.name))
  expect('immediate', 'a boolean `immediate`', typeof host.immediate === 'boolean')
  expect('holds', "'text', 'bytes' or 'native' in `holds`", ['text', 'bytes', 'native'].includes(host.holds))
  for (const name in VERBS) expect(name, `a function \`${name}(${VERBS[name]})\``, isVerb(host[name]))
  expect('limits', 'whole numbers above 0 as `entryBytes` and `totalBytes` in `limits`',
    Object(limits) === limits && [limits.entryBytes, limits.totalBytes].every(isLimit))
  expect('foreignPrefixes', 'an array of strings in `foreignPrefixes`',
    Array.isArray(foreignPrefixes) && foreignPrefixes.every(isText))
  expect('witness', 'functions `read()` and `write(text)` in `witness`',
    Object(witness) === witness && [witness.read, witness.write].every(isVerb))
  return wrong
}

/** @typedef {(value: any) => boolean} Check */
const isText = /** @type {Check} */ (value => typeof value === 'string' && value !== '')
const isVerb = /** @type {Check} */ (value => typeof value === 'function')
const isLimit = /** @type {Check} */ (size => size === undefined || (Number.isSafeInteger(size) && size > 0))
const kindOf = /** @type {(value: unknown) => string} */ (value => typeof value === 'string'
  ? JSON.stringify(value) : typeof value === 'number' || value === null ? String(value) : typeof value)
