// @ts-check
/** A transport of the app's own: it asks the server how much it has, and sends the rest in parts. */

import { StorageError, custom } from 'ministash'

const PART_BYTES = 50_000

/**
 * Sends files to the small server of the demo.
 * @param {string} url
 */
export function transportTo(url) {
  return custom(async ({ file, target }, { signal, onProgress }) => {
    const size = file.size ?? 0
    const place = `${url}/${target}`
    const asked = await fetch(place, { method: 'HEAD', signal: /** @type {AbortSignal} */ (signal) })
    for (let at = Number(asked.headers.get('upload-offset')); at < size;) {
      const part = await file.read(at, PART_BYTES)
      const headers = { 'upload-offset': String(at), 'upload-length': String(size) }
      const body = /** @type {any} */ (part)
      const { status } = await fetch(place, { method: 'PATCH', headers, body,
        signal: /** @type {AbortSignal} */ (signal) })
      // The queue knows which statuses another attempt may mend; this one is asked anew where the server is.
      if (status !== 204) {
        throw new StorageError('HTTP_STATUS', 'not taken', { status, retryable: status === 409 })
      }
      at += part.length
      onProgress(at, size)
    }
    return { place, size }
  })
}
