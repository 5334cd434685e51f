// @ts-check
/** A value with a time to live, and a real wait until the time has passed. */

import { setTimeout as sleep } from 'node:timers/promises'
import { claim } from '../proof.js'
import { explain, passing, say, title, yellow } from '../print.js'

const TTL_MS = 2000
const STEP_MS = 100

/** @param {import('../world.js').World} world */
export async function expire({ notes }) {
  title('Let something expire')
  const heard = /** @type {string[]} */ ([])
  const unwatch = notes.watch('visa', ({ type }) => { heard.push(type) })
  notes.setSync('visa', 'valid for two seconds', { ttl: '2s' })
  const { createdAt = 0, expiresAt = 0 } = notes.getMetaSync('visa') ?? {}
  claim(`a visa with the time to live '2s' is stored, and valid`,
    notes.hasSync('visa') && expiresAt - createdAt === TTL_MS)

  let looks = 0
  let misses = 0
  while (Date.now() < expiresAt - STEP_MS) {
    const rest = (expiresAt - Date.now()) / 1000
    passing(`${yellow('●'.repeat(Math.ceil(rest * 10)))} ${rest.toFixed(1)} s left`)
    // A look that began in time may end too late.
    const found = notes.hasSync('visa')
    if (Date.now() < expiresAt) {
      looks += 1
      if (!found) misses += 1
    }
    await sleep(STEP_MS)
  }
  await sleep(Math.max(0, expiresAt - Date.now()) + 1)
  passing('')
  claim(`it was there at each of ${looks} looks until its time had passed`, looks > 0 && misses === 0)
  claim('now it is gone',
    notes.getSync('visa', 'no visa') === 'no visa' && !notes.keysSync().includes('visa'))
  const count = notes.cleanupSync()
  unwatch()
  say(`cleanup() removed ${count} expired record${count === 1 ? '' : 's'}; the watcher heard: ${heard.join(', ')}`)
  claim('the watcher heard of the expiry', heard.includes('expire'))
  explain('A postcard with one minute to live is left behind at the end: be back in time.')
}
