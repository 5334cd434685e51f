// @ts-check
/** A transport of the app's own. */

import { checkFunction } from '../checks.js'

/** @import { Transport } from './transport.js' */

/**
 * Makes a transport of a function.
 * @param {Transport['send']} send Gets the job and the conditions; what it resolves with is the result.
 * @returns {Transport}
 * @example
 * const transport = custom(async ({ file, target }, { onProgress }) => {
 *   await myServer.put(target, await file.read(0, file.size))
 *   onProgress(file.size, file.size)
 * })
 */
export function custom(send) {
  return { name: 'custom', send: checkFunction(send, 'send') }
}
