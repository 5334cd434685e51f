// @ts-check
/**
 * The sealed format as src/docs/format.md draws it, read and written by Node's own crypto and nothing of
 * ours: whoever has the secret must be able to get at the data without this library.
 */

import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** @typedef {{ id: number, namespace: string, role: number, raw: Buffer }} DataSecret */

const CHECKED = 56
const PREFIX = 24

/** @param {string | Uint8Array} stored */
export function envelopeOf(stored) {
  const bytes = typeof stored === 'string' ? Buffer.from(stored) : Buffer.from(stored)
  return {
    header: bytes.subarray(0, CHECKED),
    flags: parseInt(bytes.toString('latin1', 6, 8), 16),
    payload: bytes.subarray(65, -4),
  }
}

/**
 * The envelope with another payload.
 * @param {string} hostKey
 * @param {Buffer} header
 * @param {Buffer} payload
 */
export function sealEnvelope(hostKey, header, payload) {
  const sum = crc32(payload, crc32(header, crc32(hostKey))).toString(16).padStart(8, '0')
  return Buffer.concat([header, Buffer.from(`${sum}~`), payload, Buffer.from('~ms~')])
}

/** @param {Buffer} payload @returns {Buffer[]} */
export function fieldsOf(payload) {
  const fields = []
  let rest = payload
  while (rest.length > 0) {
    const colon = rest.indexOf(':')
    const length = Number(rest.toString('latin1', 0, colon))
    fields.push(rest.subarray(colon + 1, colon + 1 + length))
    rest = rest.subarray(colon + 2 + length)
  }
  return fields
}

/**
 * Unlocks a keyset with the app's 32 bytes.
 * @param {string | Uint8Array} stored What lies under ~ms~k.
 * @param {Uint8Array} secret
 * @returns {DataSecret[]}
 */
export function unlockKeyset(stored, secret) {
  const { payload } = envelopeOf(stored)
  const fields = fieldsOf(payload)
  const text = fields.map(field => field.toString())
  const salt = Buffer.from(text[5], 'hex')
  const derive = (/** @type {string} */ purpose) =>
    Buffer.from(hkdfSync('sha256', secret, salt, `ministash 1 ${purpose}`, 32))
  if (derive('check').toString('hex', 0, 16) !== text[6]) throw new Error('wrong secret')
  const whole = text[text.length - 1]
  const covered = payload.subarray(0, payload.length - `${whole.length}:${whole},`.length)
  const proof = createHmac('sha256', derive('whole')).update(covered).digest('hex')
  if (proof !== whole) throw new Error('the keyset is not whole')
  const secrets = []
  for (let at = 8; at < fields.length - 1; at += 6) {
    const [namespace, role, id, , , wrapped] = text.slice(at, at + 6)
    const bytes = Buffer.from(wrapped, 'hex')
    const purpose = role === '3' ? 'name' : 'seal'
    const number = Buffer.alloc(8)
    number.writeBigUInt64BE(BigInt(id))
    const bound = Buffer.concat([Buffer.from(`ministash 1 ${purpose} `), number, Buffer.from(namespace)])
    const raw = openWithNode(derive('wrap'), bytes.subarray(0, 12), bound, bytes.subarray(12))
    secrets.push({ id: Number(id), namespace, role: Number(role), raw })
  }
  return secrets
}

/**
 * What a sealed record consists of.
 * @param {string} hostKey
 * @param {string | Uint8Array} stored
 */
export function sealedOf(hostKey, stored) {
  const { header, flags, payload } = envelopeOf(stored)
  const sealed = flags & 8 ? Buffer.from(payload.toString('latin1'), 'base64') : payload
  const head = sealed.subarray(0, 12)
  return {
    header,
    flags,
    head,
    id: head.readUIntBE(6, 6),
    nonce: sealed.subarray(12, PREFIX),
    ciphertext: sealed.subarray(PREFIX),
    // Bound to it: the head, the fields of the header from the flags on, the host key.
    bound: Buffer.concat([head, header.subarray(6), Buffer.from(hostKey)]),
  }
}

/**
 * @param {Uint8Array} secret
 * @param {Uint8Array} nonce
 * @param {Uint8Array} bound
 * @param {Uint8Array} sealed Ciphertext and tag.
 */
export function openWithNode(secret, nonce, bound, sealed) {
  const decipher = createDecipheriv('aes-256-gcm', secret, nonce)
  decipher.setAAD(bound)
  decipher.setAuthTag(sealed.subarray(-16))
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
}

/**
 * @param {Uint8Array} secret
 * @param {Uint8Array} nonce
 * @param {Uint8Array} bound
 * @param {Uint8Array} plain
 */
export function sealWithNode(secret, nonce, bound, plain) {
  const cipher = createCipheriv('aes-256-gcm', secret, nonce)
  cipher.setAAD(bound)
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}
