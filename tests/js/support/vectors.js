// @ts-check
/**
 * Puts the vectors of Wycheproof and of RFC 9106 to a core, through the two exports that are there for it.
 * Runs in Node and, bundled, in a page: it names nothing of either.
 */

/**
 * What the core exports for this.
 * @typedef {object} Prover
 * @property {(seals: boolean, secret: Uint8Array, nonce: Uint8Array, bound: Uint8Array,
 *   data: Uint8Array) => Uint8Array | undefined} proveAesGcm
 * @property {(kind: number, rounds: number, secret: Uint8Array, salt: Uint8Array, pepper: Uint8Array,
 *   info: Uint8Array, length: number) => Uint8Array | undefined} proveDerivation
 */

/** The files of the vectors, by what they test. @typedef {{ aesGcm: any, hkdf: any, pbkdf2: any }} Vectors */

const NONE = new Uint8Array(0)
const KIND = { HKDF: 0, ARGON2ID: 1, PBKDF2: 2 }
/** RFC 9106 section 5.3. */
const ARGON2ID_TAG = '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659'

/**
 * @param {Prover} core
 * @param {Vectors} vectors
 * @returns {{ counts: Record<string, [valid: number, refused: number]>, failures: string[] }}
 */
export function proveVectors(core, { aesGcm, hkdf, pbkdf2 }) {
  /** @type {string[]} */
  const failures = []
  /** @type {Record<string, [number, number]>} */
  const counts = {}
  /** @type {(name: string, vector: any, isRight: boolean) => void} */
  const note = (name, { tcId, result }, isRight) => {
    counts[name] ??= [0, 0]
    counts[name][result === 'invalid' ? 1 : 0] += 1
    if (!isRight) failures.push(`${name}: vector ${tcId}`)
  }
  for (const group of aesGcm.testGroups) {
    if (group.keySize !== 256 || group.ivSize !== 96 || group.tagSize !== 128) continue
    for (const vector of group.tests) {
      const [secret, nonce, bound] = [vector.key, vector.iv, vector.aad].map(bytesOf)
      const sealed = hexOf(core.proveAesGcm(true, secret, nonce, bound, bytesOf(vector.msg)))
      const opened = core.proveAesGcm(false, secret, nonce, bound, bytesOf(vector.ct + vector.tag))
      const isValid = vector.result !== 'invalid'
      const isRight = isValid ? sealed === vector.ct + vector.tag && hexOf(opened) === vector.msg
        : opened === undefined && sealed !== vector.ct + vector.tag
      note('aes_gcm, 256-bit keys, 96-bit nonces', vector, isRight)
    }
  }
  for (const vector of testsOf(hkdf)) {
    const derived = core.proveDerivation(KIND.HKDF, 0, bytesOf(vector.ikm), bytesOf(vector.salt), NONE,
      bytesOf(vector.info), vector.size)
    const isValid = vector.result !== 'invalid'
    note('hkdf_sha256', vector, isValid ? hexOf(derived) === vector.okm : derived === undefined)
  }
  for (const vector of testsOf(pbkdf2)) {
    const derived = core.proveDerivation(KIND.PBKDF2, vector.iterationCount, bytesOf(vector.password),
      bytesOf(vector.salt), NONE, NONE, vector.dkLen)
    note('pbkdf2_hmacsha256', vector, hexOf(derived) === vector.dk)
  }
  const fill = (/** @type {number} */ byte, /** @type {number} */ length) => new Uint8Array(length).fill(byte)
  const tag = core.proveDerivation(KIND.ARGON2ID, 0, fill(1, 32), fill(2, 16), fill(3, 8), fill(4, 12), 32)
  note('argon2id (RFC 9106)', { tcId: 1, result: 'valid' }, hexOf(tag) === ARGON2ID_TAG)
  return { counts, failures }
}

/** @param {any} file */
function testsOf(file) {
  return file.testGroups.flatMap((/** @type {any} */ group) => group.tests)
}

/** @param {string} hex */
function bytesOf(hex) {
  return Uint8Array.from(hex.match(/../g) ?? [], byte => parseInt(byte, 16))
}

/** @param {Uint8Array | undefined} bytes */
function hexOf(bytes) {
  return bytes && Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}
