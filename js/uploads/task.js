// @ts-check
/** What the transports share, those of the synchronisation too: the network of a file, and giving up. */

import { StorageError } from '../errors.js'

/** @import { SignalLike } from '../cache-options.js' */
/** @import { UploadSource } from './transport.js' */

/**
 * The way to the network that the host of a file has.
 * @param {UploadSource} file
 * @returns {import('../hosts/http.js').HttpNetwork}
 */
export function networkOf({ network }) {
  if (network) return network
  throw new StorageError('UNSUPPORTED', 'this host sends nothing over a network: use custom()')
}

/**
 * Waits for a task, which is aborted when the signal fires; then it is ABORTED, whatever the host says.
 * @template T
 * @param {SignalLike} signal
 * @param {() => { answer: Promise<T>, abort: () => void }} start
 * @param {string} [what] What is given up then, for the message.
 * @returns {Promise<T>}
 */
export async function during(signal, start, what = 'the upload') {
  if (signal.aborted) throw abortedError(what)
  const { answer, abort } = start()
  /** @type {() => void} */
  let leave = () => {}
  const given = new Promise((_resolve, reject) => {
    leave = () => {
      reject(abortedError(what))
      abort()
    }
    signal.addEventListener('abort', leave)
  })
  try {
    return await /** @type {Promise<T>} */ (Promise.race([answer, given]))
  } finally {
    signal.removeEventListener('abort', leave)
  }
}

/** @param {string} what */
function abortedError(what) {
  return new StorageError('ABORTED', `${what} was given up`)
}
