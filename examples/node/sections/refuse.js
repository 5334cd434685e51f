// @ts-check
/** Refusals: what cannot be stored, what finds no room, who comes second. Nothing is lost by any of them. */

import { join } from 'node:path'
import { node, open } from 'ministash'
import { startChild } from '../child.js'
import { check, claim, refused } from '../proof.js'
import { explain, refusal, say, size, title } from '../print.js'

/** @typedef {import('../world.js').World} World */

const LIMIT_BYTES = 4096

/** @param {World} world */
export async function refuse(world) {
  title('Be refused, and lose nothing')
  refuseFunction(world)
  say()
  await refuseLarge(world)
  say()
  await refuseSecond(world)
}

/** @param {World} world */
function refuseFunction({ notes }) {
  explain('A function cannot come back as it went in:')
  const menu = { dishes: [{ name: 'Rösti' }, { name: 'Fondue', stir() {} }] }
  const error = refused('INVALID_VALUE', () => notes.setSync('menu', menu))
  refusal(error)
  claim(`the error knows the path, ${error.path}, and nothing was stored`,
    error.path === '$.dishes[1].stir' && !notes.hasSync('menu'))
}

/** @param {World} world */
async function refuseLarge({ dataDir, tally }) {
  explain(`A store that may hold ${size(LIMIT_BYTES)}:`)
  const stash = await open({ host: node({ dir: join(dataDir, 'small'), totalBytes: LIMIT_BYTES }) })
  try {
    const diary = tally.metered(stash, stash.storage)
    diary.setSync('diary', 'a short entry')
    const novel = 'It was a dark and stormy night. '.repeat(200)
    claim('willFit() says no beforehand', diary.willFitSync('diary', novel) === false)
    const error = refused('QUOTA_EXCEEDED', () => diary.setSync('diary', novel))
    refusal(error)
    const { usedBytes } = diary.getInfoSync()
    claim(`the old value is still in place, ${usedBytes} bytes are taken`, diary.getSync('diary') === 'a short entry')
  } finally {
    await stash.close()
  }
}

/** @param {World} world */
async function refuseSecond({ dir, countries }) {
  explain(`This process, ${process.pid}, holds the store; a second one comes:`)
  const child = await startChild(dir, 'open')
  await child.kill()
  check(`the second process told its refusal; it told "${child.line}"`, child.line.startsWith('{'))
  const error = /** @type {import('ministash').StorageError} */ (JSON.parse(child.line))
  refusal({ ...error, message: error.message.replace(dir, 'the folder') })
  claim('it was refused as BUSY and told who is here, and could try again',
    error.code === 'BUSY' && error.message.includes(String(process.pid)) && error.retryable)
  claim('this process was not disturbed', countries.hasSync('eu/ch'))
}
