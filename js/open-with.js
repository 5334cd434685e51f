// @ts-check
/**
 * The way in, with a core and features that each front door names: from options to an open stash.
 * Everything is checked before the host is touched, and a host that was opened is closed again if the
 * rest fails.
 */

import { VERB } from './door.js'
import { StorageError } from './errors.js'
import { detect } from './detect.js'
import { defineHost } from './hosts/define-host.js'
import { errorOfRefusal, isBytes } from './ask.js'
import { checkFunction, checkNames, expect, kindOf } from './checks.js'
import { acknowledgeWipe, operate, runLater } from './run.js'
import { Session } from './session.js'
import { Stash, close } from './stash.js'

/** @typedef {import('./session.js').Instance} Instance */

/**
 * @template {boolean} [Immediate=boolean]
 * @typedef {import('./open.js').OpenOptions<Immediate>} OpenOptions
 */

const NAMES = Object.freeze(['host', 'wasm', 'fallback', 'plain', 'clock', 'entropy', 'onListenerError'])
const LATER = Object.freeze(['secret', 'cache', 'http', 'uploads', 'sync'])
const RECOVERIES = Object.freeze(/** @type {const} */ (['none', 'finished', 'quarantined']))
const ENTROPY_BYTES = 32

/**
 * Opens with a core and with features of the caller's choice.
 * @template {boolean} [Immediate=true]
 * @param {(source?: import('./load/source.js').CoreSource, choice?: import('./load/source.js').Choice) =>
 *   Promise<Instance>} load
 * @param {OpenOptions<Immediate>} [options]
 * @param {readonly import('./features.js').Feature[]} [parts]
 * @returns {Promise<Stash<Immediate>>}
 */
export async function openWith(load, options = {}, parts = []) {
  checkOptions(options, parts)
  const given = /** @type {import('./hosts/host.js').Host<true>} */ (options.host ?? detect())
  const host = /** @type {import('./session.js').Host} */ (defineHost(given))
  const instance = await load(options.wasm, options)
  const { clock = Date.now, onListenerError = reportToConsole } = options
  const session = new Session(host, instance, clock, onListenerError)
  session.refuseIfBroken()
  try {
    await host.open?.()
  } catch (refusal) {
    throw errorOfRefusal(refusal)
  }
  try {
    session.begin(await entropyOf(options.entropy ?? host.entropy, host.name))
    const [isWiped, recovery] = await openCore(session)
    if (isWiped && !session.wiped) session.noteWipe()
    if (session.owesAcknowledgement) acknowledgeWipe(session)
    session.hearOthers()
    const stash = /** @type {Stash<Immediate>} */ (new Stash(session, RECOVERIES[recovery] ?? 'none'))
    const settings = /** @type {Record<string, unknown>} */ (options)
    // All before the first is opened: one may want something of another's opening.
    const made = parts.map(part => part.attach(session, settings[part.option]))
    for (const one of made) {
      const attached = session.attach(one, stash)
      if (attached.open) await runLater(attached.open())
    }
    return stash
  } catch (error) {
    // What went wrong first is what the caller has to know.
    await runLater(close(session)).catch(() => {})
    throw error
  }
}

/**
 * Opening writes, so it takes its turn among all who share the store.
 * @param {Session} session
 * @returns {Promise<[isWiped: boolean, recovery: number]>}
 */
async function openCore(session) {
  await session.turnstile?.enter('write')
  try {
    return await runLater(operate(session, (core, now) => core.begin(VERB.OPEN, '', now),
      operation => /** @type {[boolean, number]} */ ([operation.number(0) === 1, operation.number(2)])))
  } finally {
    session.turnstile?.leave('write')
  }
}

/**
 * @param {OpenOptions<any>} options
 * @param {readonly import('./features.js').Feature[]} parts
 */
function checkOptions(options, parts) {
  const given = checkNames(options, [...NAMES, ...LATER])
  for (const { option, check } of parts) if (given[option] !== undefined) check(given[option])
  for (const name of LATER) {
    if (given[name] !== undefined && !parts.some(part => part.option === name)) {
      throw new StorageError('UNSUPPORTED', `the option ${name} is not part of ministash/storage: open without it, or import open from ministash`)
    }
  }
  const { wasm, fallback, plain, clock, entropy, onListenerError } = options
  const isSource = typeof wasm === 'string' || (typeof wasm === 'object' && wasm !== null)
  expect(wasm === undefined || isSource, 'wasm', 'a path, a URL or the bytes of the core', wasm)
  expect(fallback === undefined || ['auto', 'never', 'always'].includes(fallback),
    'fallback', "'auto', 'never' or 'always'", fallback)
  if (plain !== undefined) checkFunction(plain, 'plain')
  if (clock !== undefined) checkFunction(clock, 'clock')
  if (entropy !== undefined) checkFunction(entropy, 'entropy')
  if (onListenerError !== undefined) checkFunction(onListenerError, 'onListenerError')
}

/**
 * @param {(() => Uint8Array | Promise<Uint8Array>) | undefined} source
 * @param {string} hostName
 */
async function entropyOf(source, hostName) {
  if (!source) {
    throw new StorageError('INVALID_OPTION',
      `expected an option entropy, a function that gives 32 bytes from a secure source: the host "${hostName}" has none`)
  }
  let bytes
  try {
    bytes = await source()
  } catch (refusal) {
    throw errorOfRefusal(refusal)
  }
  const got = isBytes(bytes) ? `${bytes.length} bytes` : kindOf(bytes)
  if (!isBytes(bytes) || bytes.length < ENTROPY_BYTES) {
    throw new StorageError('INVALID_OPTION', `expected entropy() to give a Uint8Array of at least 32 bytes, got ${got}`)
  }
  return bytes.subarray(0, ENTROPY_BYTES)
}

/** @param {unknown} error */
function reportToConsole(error) {
  /* global console -- the last resort of an error that nobody asked for */
  // eslint-disable-next-line no-restricted-globals, no-console
  if (typeof console !== 'undefined') console.error('ministash: a listener failed', error)
}
