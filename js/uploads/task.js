// @ts-check
/** What the transports share: the network of a file, and giving up. */

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
 * @returns {Promise<T>}
 */
export async function during(signal, start) {
  if (signal.aborted) throw abortedError()
  const { answer, abort } = start()
  /** @type {() => void} */
  let leave = () => {}
  const given = new Promise((_resolve, reject) => {
    leave = () => {
      reject(abortedError())
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

function abortedError() {
  return new StorageError('ABORTED', 'the upload was given up')
}
