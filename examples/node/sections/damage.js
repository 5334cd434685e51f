// @ts-check
/**
 * Damage: one bit of a file is turned. The next opening finds it, the file stays, a person rescues what is
 * in it.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { envelopeOf, fileOf } from '../files.js'
import { claim, refused } from '../proof.js'
import { bold, dim, explain, refusal, say, title, yellow } from '../print.js'

const KEY = 'oc/tv'

/** @param {import('../world.js').World} world */
export async function damage(world) {
  title('Damage one bit, and rescue the record')
  const original = world.countries.getSync(KEY)
  const path = join(world.records, fileOf('countries', KEY))
  const content = readFileSync(path)
  const at = content.indexOf(original.name) + 2
  content.writeUInt8(content.readUInt8(at) ^ 1, at)
  writeFileSync(path, content)
  say(`bit 0 of byte ${at} of ${fileOf('countries', KEY)} is turned`)
  // While it is open, a store remembers what it read and wrote.
  await world.close()
  await world.open()
  const { countries } = world

  refusal(refused('CORRUPT', () => countries.getSync(KEY)))
  refused('CORRUPT', () => countries.setSync(KEY, original))
  claim('neither get() nor set() touched the file', readFileSync(path).equals(content))
  const others = countries.keysSync().filter(key => key !== KEY)
  claim('every other country can be read',
    countries.getManySync(others).every(country => country !== undefined))

  const { payload } = envelopeOf(readFileSync(path))
  const wrong = JSON.parse(payload).name
  explain('The file is plain text, so a person sees what happened:')
  say(`  ${dim(payload.slice(0, payload.indexOf(wrong)))}${bold(yellow(wrong))}${dim(payload.slice(
    payload.indexOf(wrong) + wrong.length, payload.indexOf(wrong) + wrong.length + 36))}${dim('…')}`)
  countries.setSync(KEY, { ...JSON.parse(payload), name: original.name }, { overwrite: true })
  claim(`${wrong} is ${original.name} again, stored with { overwrite: true }`,
    isDeepStrictEqual(countries.getSync(KEY), original))
}
