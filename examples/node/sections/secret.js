// @ts-check
/** Secrets: what is stored sealed, what of it lies on the disk, and what becomes of one changed byte. */

import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { node, open } from 'ministash'
import { envelopeOf, fileOf } from '../files.js'
import { claim, refused } from '../proof.js'
import { dim, explain, refusal, say, title } from '../print.js'

const KEY = 'session'
const TOKEN = 'a token that nobody else may see'

/** @param {import('../world.js').World} world */
export async function keepSecrets({ dataDir }) {
  title('Keep secrets')
  const dir = join(dataDir, 'secrets')
  rmSync(dir, { recursive: true, force: true })
  // An app keeps these 32 bytes on its server or in the key store of the device, or asks for a passphrase.
  const secret = randomBytes(32)
  const path = join(dir, 'records', fileOf('', KEY))
  try {
    await use(dir, secret, secure => lookAtDisk(secure, path))
    await use(dir, secret, secure => tamper(secure, path))
    await use(dir, secret, secure => lockAndShred(secure, secret))
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/**
 * While it is open, a store remembers what it read and wrote; so each part has one of its own.
 * @param {string} dir
 * @param {Buffer} secret
 * @param {(secure: import('ministash').SecureStorage) => void} part
 */
async function use(dir, secret, part) {
  const stash = await open({ host: node({ dir }), secret })
  try {
    part(stash.secure)
  } finally {
    await stash.close()
  }
}

/**
 * @param {import('ministash').SecureStorage} secure
 * @param {string} path
 */
function lookAtDisk(secure, path) {
  secure.setSecureSync(KEY, { user: 'john', token: TOKEN })
  claim('what was stored sealed comes back', secure.getSecureSync(KEY).token === TOKEN)

  const content = readFileSync(path)
  const { payload } = envelopeOf(content)
  claim('its file holds nothing of it', !content.includes('token') && !content.includes('john'))
  explain('That is what lies on the disk:')
  say(`  ${dim(`${Buffer.from(payload).toString('base64').slice(0, 66)}…`)}`)
}

/**
 * @param {import('ministash').SecureStorage} secure
 * @param {string} path
 */
function tamper(secure, path) {
  const content = readFileSync(path)
  const changed = Buffer.from(content)
  const at = content.length - 6
  changed.writeUInt8(content.readUInt8(at) ^ 1, at)
  writeFileSync(path, changed)
  say(`one bit of byte ${at} of ${fileOf('', KEY)} is turned`)
  refusal(refused('CORRUPT', () => secure.getSecureSync(KEY)))
  claim('nothing touched the file', readFileSync(path).equals(changed))
  writeFileSync(path, content)
}

/**
 * @param {import('ministash').SecureStorage} secure
 * @param {Buffer} secret
 */
function lockAndShred(secure, secret) {
  secure.lockSync()
  refusal(refused('LOCKED', () => secure.getSecureSync(KEY)))
  refusal(refused('WRONG_SECRET', () => secure.unlockSync(randomBytes(32))))
  secure.unlockSync(secret)
  claim('the right secret opens it again', secure.getSecureSync(KEY).token === TOKEN)
  claim('shredded, it is gone even for whoever has the disk and the secret', secure.shredSync('') === 1)
}
