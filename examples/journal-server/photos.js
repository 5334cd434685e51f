// @ts-check
/** Photos: forms come in, files lie in a folder, and what came twice is stored once. */

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { randomUUID } from 'node:crypto'

const BYTES_MAX = 20 * 1024 * 1024
/** The app makes the names; nothing else is a name of a file here. */
const NAME = /^[a-z0-9][a-z0-9-]{0,63}\.(jpg|png|webp)$/
/** @type {Record<string, string>} */
const TYPES = { jpg: 'image/jpeg', png: 'image/png', webp: 'image/webp' }

/** @typedef {{ status: number, headers?: Record<string, string>, body: string | Uint8Array }} Answer */

/** @param {string} folder */
export function photoStore(folder) {
  return {
    /**
     * Takes a form with the fields `key`, the name, and `file`.
     * @param {import('node:http').IncomingMessage} request
     * @returns {Promise<Answer>}
     */
    async take(request) {
      const bytes = await bodyOf(request)
      if (!bytes) return { status: 413, body: `expected at most ${BYTES_MAX} bytes` }
      const headers = { 'content-type': request.headers['content-type'] ?? '' }
      const form = await new Response(bytes, { headers }).formData().catch(() => undefined)
      const [name, file] = [form?.get('key'), form?.get('file')]
      if (typeof name !== 'string' || !NAME.test(name) || !(file instanceof Blob)) {
        return { status: 400, body: 'expected a form with a name as key, and a file' }
      }
      await mkdir(folder, { recursive: true })
      // Who reads meanwhile sees no half of a photo.
      const fresh = path.join(folder, `${randomUUID()}.part`)
      await writeFile(fresh, new Uint8Array(await file.arrayBuffer()))
      await rename(fresh, path.join(folder, name))
      return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name }) }
    },

    /** @param {string} name @returns {Promise<Answer>} */
    async give(name) {
      const isName = NAME.test(name)
      const bytes = isName && await readFile(path.join(folder, name)).catch(() => undefined)
      if (!bytes) return { status: 404, body: 'there is no such photo' }
      const type = TYPES[path.extname(name).slice(1)] ?? ''
      return { status: 200, headers: { 'content-type': type, 'cache-control': 'max-age=31536000, immutable' },
        body: bytes }
    },
  }
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @returns {Promise<Uint8Array<ArrayBuffer> | undefined>} Undefined if there is too much of it.
 */
async function bodyOf(request) {
  /** @type {Buffer[]} */
  const parts = []
  let length = 0
  for await (const part of request) {
    length += part.length
    // What is too much is read and thrown away: whose connection is cut does not hear the answer.
    if (length <= BYTES_MAX) parts.push(part)
  }
  if (length > BYTES_MAX) return undefined
  return new Uint8Array(Buffer.concat(parts))
}
