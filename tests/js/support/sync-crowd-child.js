// @ts-check
/** A device of sync-crowd.js in a process of its own, on a folder, which says what it does line by line. */

import fs from 'node:fs'
import { node } from '../../../js/hosts/node.js'
import { changeMuch, openMember } from './sync-crowd.js'

const [dir = '', json = '{}'] = process.argv.slice(2)
const { member, from, to } = JSON.parse(json)

/**
 * At once, so that what was said is never less than what was done.
 * @param {import('./sync-crowd.js').Saying} saying
 */
const tell = saying => { fs.writeSync(1, `${JSON.stringify(saying)}\n`) }

const stash = await openMember(member, node({ dir, durable: false }), tell)
await changeMuch(member, { stash, from, to, tell })
await stash.close()
