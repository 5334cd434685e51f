// Encryption beside its peers: a string in, a stored string out, and back, with a raw secret of 32 bytes.
// Ours is the whole way through `secure.setSecureSync` and `getSecureSync` on a memory host that holds
// text; the peers only seal and write base64, and store nothing.
// @ts-check
import { createCipheriv, createDecipheriv, randomBytes, webcrypto } from 'node:crypto'
import { gcm } from '@noble/ciphers/aes.js'
// @ts-ignore -- it comes without types
import CryptoJS from 'crypto-js'
import { memory } from '../../js/hosts/memory.js'
import { open } from '../../js/open.js'
import { compare, duration, environment, printTable, times } from './support/kit.js'

/** @typedef {{ name: string, seal: (text: string) => any, open: (stored: any) => any }} Peer */

const SIZES = [['64 B', 64], ['1 KB', 1024], ['64 KB', 65_536], ['1 MB', 1_048_576]]
const SECRET = randomBytes(32)

const stash = await open({ host: memory({ holds: 'text' }), secret: new Uint8Array(SECRET) })
const webSecret = await webcrypto.subtle.importKey('raw', SECRET, 'AES-GCM', false, ['encrypt', 'decrypt'])
const wordSecret = CryptoJS.lib.WordArray.create(/** @type {any} */ (new Uint8Array(SECRET)))

/** @type {Peer[]} */
const PEERS = [
  {
    name: '@noble/ciphers',
    seal(text) {
      const nonce = randomBytes(12)
      return Buffer.concat([nonce, gcm(SECRET, nonce).encrypt(Buffer.from(text))]).toString('base64')
    },
    open(stored) {
      const bytes = Buffer.from(stored, 'base64')
      return Buffer.from(gcm(SECRET, bytes.subarray(0, 12)).decrypt(bytes.subarray(12))).toString()
    },
  },
  {
    name: 'ministash, set and get',
    seal(text) { stash.secure.setSecureSync('key', text, { overwrite: true }) },
    open: () => stash.secure.getSecureSync('key'),
  },
  {
    // CTR and no authentication: the nearest that it has.
    name: 'crypto-js, CTR, raw key',
    seal(text) {
      const iv = CryptoJS.lib.WordArray.random(16)
      const options = { iv, mode: CryptoJS.mode.CTR, padding: CryptoJS.pad.NoPadding }
      const { ciphertext } = CryptoJS.AES.encrypt(text, wordSecret, options)
      return CryptoJS.enc.Base64.stringify(iv.concat(ciphertext))
    },
    open(stored) {
      const words = CryptoJS.enc.Base64.parse(stored)
      const iv = CryptoJS.lib.WordArray.create(words.words.slice(0, 4), 16)
      const ciphertext = CryptoJS.lib.WordArray.create(words.words.slice(4), words.sigBytes - 16)
      const options = { iv, mode: CryptoJS.mode.CTR, padding: CryptoJS.pad.NoPadding }
      return CryptoJS.AES.decrypt(/** @type {any} */ ({ ciphertext }), wordSecret, options)
        .toString(CryptoJS.enc.Utf8)
    },
  },
  {
    name: 'node:crypto (the limit)',
    seal(text) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', SECRET, nonce)
      return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
        .toString('base64')
    },
    open(stored) {
      const bytes = Buffer.from(stored, 'base64')
      const decipher = createDecipheriv('aes-256-gcm', SECRET, bytes.subarray(0, 12))
      decipher.setAuthTag(bytes.subarray(-16))
      return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString()
    },
  },
  {
    name: 'WebCrypto',
    async seal(text) {
      const iv = webcrypto.getRandomValues(new Uint8Array(12))
      const sealed = await webcrypto.subtle.encrypt({ name: 'AES-GCM', iv }, webSecret, Buffer.from(text))
      return Buffer.concat([iv, new Uint8Array(sealed)]).toString('base64')
    },
    async open(stored) {
      const bytes = Buffer.from(stored, 'base64')
      const algorithm = { name: 'AES-GCM', iv: bytes.subarray(0, 12) }
      return Buffer.from(await webcrypto.subtle.decrypt(algorithm, webSecret, bytes.subarray(12))).toString()
    },
  },
]

/** @type {string[][]} */
const rows = PEERS.map(({ name }) => [name])
for (const [, size] of SIZES) {
  const text = randomBytes(Number(size)).toString('base64').slice(0, Number(size))
  const contestants = PEERS.map(peer => ({ name: peer.name, run: roundTrips(peer, text) }))
  const medians = await compare(contestants)
  const [noble] = medians
  for (const [index, { ns }] of medians.entries()) rows[index].push(`${times(noble.ns / ns)} (${duration(ns)})`)
}
console.log(environment(['@noble/ciphers', 'crypto-js']))
printTable('A string sealed and stored as text, and back; @noble/ciphers = 1, more is faster',
  ['', ...SIZES.map(([name]) => String(name))], rows)
await stash.close()

/**
 * @param {Peer} peer
 * @param {string} text
 * @returns {(count: number) => void | Promise<void>}
 */
function roundTrips(peer, text) {
  const once = () => {
    const stored = peer.seal(text)
    return stored?.then ? stored.then(peer.open) : peer.open(stored)
  }
  if (once()?.then) return async count => { for (let done = 0; done < count; done += 1) await once() }
  return count => {
    for (let done = 0; done < count; done += 1) {
      if (once() !== text) throw new Error(`${peer.name} gave something else back`)
    }
  }
}
