// @ts-check
/**
 * One of many devices that change the same keys: what it does, and what it says of it, so that somebody who
 * sees all of them can tell whether anything was lost or done twice. It works in this process or in one that
 * is killed; whoever opens its host next goes on where it was.
 */

import { open } from '../../../js/index.js'
import { rest } from '../../../js/sync-transports/rest.js'

/** @import { Host } from '../../../js/hosts/host.js' */
/** @import { ConflictRule, SyncConflict } from '../../../js/sync-options.js' */

/** How each kind of device decides conflicts. A counter adds up what both sides have added. */
export const RULES = Object.freeze(
  /** @type {Record<string, ConflictRule>} */ ({
    'last-write': 'last-write', server: 'server', client: 'client', merge: 'merge', count: addUp,
  }))
/** @typedef {'own' | 'field' | 'count' | 'any'} Purpose */

/**
 * What a device says: before a change that it `will` make it, and that it `did`, under this id; of which
 * key a `conflict` was decided against it; whether it could synchronise.
 * @typedef {{ will: number, key: string, purpose: Purpose } | { did: number, key: string, purpose: Purpose,
 *   id: string } | { conflict: string } | { synced: boolean }} Saying
 */

/**
 * @typedef {object} Member
 * @property {number} number
 * @property {string} rule One of RULES.
 * @property {string} url
 * @property {string} token
 */

const NOTHING = Object.freeze({ total: 0 })
const SHARED_KEYS = 24
const FIELD_KEYS = 8
const COUNTERS = 4
const CHANGES_A_ROUND = 10
/** Real pauses between failures: short, for a server that comes back in less than a second. */
const RETRY = Object.freeze({ attempts: 8, base: 20, cap: 200 })

/**
 * Opens the stash of a device.
 * @param {Member} member
 * @param {Host} host
 * @param {(saying: Saying) => void} tell
 */
export async function openMember({ rule, url, token }, host, tell) {
  const conflict = RULES[rule]
  if (conflict === undefined) throw new Error(`there is no rule ${rule}`)
  const stash = await open({ host: /** @type {any} */ (host),
    sync: { transport: rest({ url, auth: token }), conflict, retry: RETRY, timeout: '10s', batchSize: 50 } })
  stash.sync.on('conflict', ({ key, winner }) => { if (winner === 'remote') tell({ conflict: key }) })
  return stash
}

/**
 * Makes changes, ten at a time, and synchronises after each ten, whatever comes of it.
 * @param {Member} member
 * @param {{ stash: Awaited<ReturnType<typeof openMember>>, from: number, to: number,
 *   tell: (saying: Saying) => void }} work Its changes are numbered.
 */
export async function changeMuch(member, { stash, from, to, tell }) {
  for (let number = from; number < to; number += 1) {
    await changeOnce(member, stash, number, tell)
    if (number % CHANGES_A_ROUND !== CHANGES_A_ROUND - 1) continue
    const synced = await stash.sync.syncData().then(() => true, error => {
      if (Object(error).name === 'PowerCut') throw error
      return false
    })
    tell({ synced })
  }
}

/**
 * @param {Member} member
 * @param {Awaited<ReturnType<typeof openMember>>} stash
 * @param {number} number
 * @param {(saying: Saying) => void} tell
 */
async function changeOnce(member, { sync, storage }, number, tell) {
  const random = randomOf(member.number * 100_003 + number)
  const { key, purpose } = placeOf(member, random)
  tell({ will: number, key, purpose })
  const id = await sync.addPendingChange(await changeOf())
  tell({ did: number, key, purpose, id })

  /** @returns {Promise<any>} */
  async function changeOf() {
    const tag = number + 1
    if (purpose === 'own') return { type: 'create', key, data: tag }
    if (purpose === 'field') return { type: 'update', key, data: { [fieldOf(member.number)]: tag } }
    if (purpose === 'count') {
      const { total } = await storage.get(key, { total: 0 })
      // Two who count to the same number have not made the same change.
      return { type: 'create', key, data: { total: total + 1, by: `${member.number}.${tag}` } }
    }
    if (random() < 0.15) return { type: 'delete', key }
    const data = { [fieldOf(member.number)]: tag, text: 'é'.repeat(random() * 60) }
    return { type: random() < 0.5 ? 'create' : 'update', key, data }
  }
}

/**
 * @param {Member} member
 * @param {() => number} random
 * @returns {{ key: string, purpose: Purpose }}
 */
function placeOf({ number, rule }, random) {
  const draw = random()
  const place = (/** @type {number} */ count) => Math.floor(random() * count)
  if (draw < 0.15) return { key: `own/${number}`, purpose: 'own' }
  if (draw < 0.5 && rule === 'merge') return { key: `fields/${place(FIELD_KEYS)}`, purpose: 'field' }
  if (draw < 0.5 && rule === 'count') return { key: `counts/${place(COUNTERS)}`, purpose: 'count' }
  return { key: `shared/键 ${place(SHARED_KEYS)}`, purpose: 'any' }
}

/** @param {number} number */
export const fieldOf = number => `device ${number}`

/** @param {Readonly<SyncConflict>} conflict */
function addUp({ key, base = NOTHING, local, remote = NOTHING }) {
  return key.startsWith('counts/') ? { ...local, total: remote.total + local.total - base.total } : local
}

/**
 * Numbers from 0 to 1 that are the same every time (xorshift, Marsaglia 2003).
 * @param {number} seed
 */
export function randomOf(seed) {
  let state = (Math.imul(seed, 2_654_435_761) ^ 0x9E37_79B9) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
