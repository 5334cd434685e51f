// @ts-check
/** What is sealed here opens elsewhere, given the secret and the format document, and the other way round. */

import assert from 'node:assert/strict'
import { createHmac, randomBytes, webcrypto } from 'node:crypto'
import { describe, test } from 'node:test'
import { gcm } from '@noble/ciphers/aes.js'
import { memory } from '../../js/hosts/memory.js'
import {
  openWithNode, sealEnvelope, sealWithNode, sealedOf, unlockKeyset,
} from './support/sealed-format.js'
import { openAt } from './support/shell.js'

const SECRET = Uint8Array.from({ length: 32 }, (_, index) => index)

/**
 * @typedef {object} Peer
 * @property {string} name
 * @property {(secret: Buffer, nonce: Buffer, bound: Buffer, sealed: Buffer) => any} open
 * @property {(secret: Buffer, nonce: Buffer, bound: Buffer, plain: Buffer) => any} seal
 */

/** @type {Peer[]} */
const PEERS = [
  { name: 'node:crypto', open: openWithNode, seal: sealWithNode },
  {
    name: 'WebCrypto',
    open: (secret, nonce, bound, sealed) => web('decrypt', secret, nonce, bound, sealed),
    seal: (secret, nonce, bound, plain) => web('encrypt', secret, nonce, bound, plain),
  },
  {
    name: '@noble/ciphers',
    open: (secret, nonce, bound, sealed) => Buffer.from(gcm(secret, nonce, bound).decrypt(sealed)),
    seal: (secret, nonce, bound, plain) => Buffer.from(gcm(secret, nonce, bound).encrypt(plain)),
  },
]

/**
 * @param {'encrypt' | 'decrypt'} verb
 * @param {Buffer} secret
 * @param {Buffer} iv
 * @param {Buffer} additionalData
 * @param {Buffer} data
 */
async function web(verb, secret, iv, additionalData, data) {
  const secretKey = await webcrypto.subtle.importKey('raw', secret, 'AES-GCM', false, [verb])
  return Buffer.from(await webcrypto.subtle[verb]({ name: 'AES-GCM', iv, additionalData }, secretKey, data))
}

for (const holds of /** @type {const} */ (['text', 'bytes', 'native'])) {
  for (const peer of PEERS) {
    describe(`${peer.name}, on a host that holds ${holds}`, () => {
      test('opens what was sealed here', async () => {
        const host = memory({ holds })
        const { stash, storage } = await openAt(host, { secret: SECRET })
        const texts = ['', 'a', '名字', 'x'.repeat(5000)]
        const room = storage.namespace('room', { encrypt: true })
        for (const [index, text] of texts.entries()) {
          await stash.secure.setSecure(`key ${index}`, text)
          await room.set(`key ${index}`, text)
        }
        for (const [path, prefix] of [['', ''], ['room', '~ms~n/room~']]) {
          for (const [index, text] of texts.entries()) {
            const hostKey = `${prefix}key ${index}`
            const { raw, sealed } = secretAndSealed(host, hostKey, path)
            const plain = await peer.open(raw, sealed.nonce, sealed.bound, sealed.ciphertext)
            // '' is not a string to the value codec but tagged text.
            assert.equal(plain.toString(), text === '' ? '""' : text)
          }
        }
        await stash.close()
      })

      test('seals what opens here', async () => {
        // What the peer writes is seen.
        const host = { ...memory({ holds }), exclusive: false }
        const { stash } = await openAt(host, { secret: SECRET })
        await stash.secure.setSecure('key', 'mine')
        const { raw, sealed } = secretAndSealed(host, 'key', '')
        const nonce = randomBytes(12)
        const ciphertext = await peer.seal(raw, nonce, sealed.bound, Buffer.from('of the peer'))
        const bytes = Buffer.concat([sealed.head, nonce, ciphertext])
        const payload = holds === 'bytes' ? bytes : Buffer.from(bytes.toString('base64'))
        const envelope = sealEnvelope('key', sealed.header, payload)
        host.write('key', holds === 'bytes' ? envelope : envelope.toString())
        assert.equal(await stash.secure.getSecure('key'), 'of the peer')
        await stash.close()
      })
    })
  }
}

test('a hidden name is the HMAC-SHA256 of the key, and the key is sealed with the value', async () => {
  const host = memory({ holds: 'bytes' })
  const { stash, storage } = await openAt(host, { secret: SECRET })
  await storage.namespace('room', { hideKeys: true }).set('diary', 'dear')
  const secrets = unlockKeyset(/** @type {any} */ (host.read('~ms~k')), SECRET)
  const names = secrets.find(({ role, namespace }) => role === 3 && namespace === 'room')
  assert.ok(names)
  const digest = createHmac('sha256', names.raw).update('diary').digest('base64url')
  const hostKey = `~ms~n/room~~ms~h${digest}`
  const { raw, sealed } = secretAndSealed(host, hostKey, 'room')
  const plain = openWithNode(raw, sealed.nonce, sealed.bound, sealed.ciphertext)
  assert.equal(plain.toString('latin1'), '\x00\x05diarydear')
  await stash.close()
})

test('a padded value has the length of its bucket', async () => {
  const host = memory({ holds: 'bytes' })
  const { stash, storage } = await openAt(host, { secret: SECRET })
  const lengths = new Set()
  for (let length = 1; length < 250; length += 1) {
    await storage.set('key', 'x'.repeat(length), { encrypt: true, pad: true })
    lengths.add(sealedOf('key', /** @type {any} */ (host.read('key'))).ciphertext.length)
    assert.equal(await storage.get('key'), 'x'.repeat(length))
  }
  assert.deepEqual([...lengths], [256 + 16])
  await stash.close()
})

/**
 * @param {any} host
 * @param {string} hostKey
 * @param {string} namespace
 */
function secretAndSealed(host, hostKey, namespace) {
  const sealed = sealedOf(hostKey, host.read(hostKey))
  const secrets = unlockKeyset(host.read('~ms~k'), SECRET)
  const found = secrets.find(secret => secret.id === sealed.id && secret.namespace === namespace)
  assert.ok(found, 'the keyset has the secret of the record')
  return { raw: found.raw, sealed }
}
