// @ts-check
/** What lies on the disk: the folder, the names of files, and one record taken apart. */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { check, claim } from '../proof.js'
import { cyan, dim, say, size, table, title } from '../print.js'
import { cut } from '../width.js'
import { envelopeOf, fileOf } from '../files.js'

/** @typedef {import('../world.js').World} World */

const SHOWN = 'oc/nr'
const side = /** @type {const} */ ('right')

/** @param {World} world */
export function lookAtDisk(world) {
  title('Look at the disk')
  const { countries, notes } = world
  notes.setSync('你好, 世界', 'hello, world')
  notes.setSync('CON', 'a name that Windows keeps for itself')
  showFolder(world)
  say()
  const samples = /** @type {[string, string][]} */ ([['notes', 'passport'], ['notes', '你好, 世界'],
    ['notes', 'CON'], ['countries', SHOWN]])
  table([{ head: 'namespace' }, { head: 'key' }, { head: 'file in records/' }], samples.map(([space, key]) =>
    [space === 'notes' ? dim('default') : space, key, fileOf(space === 'notes' ? '' : space, key)]))
  const files = new Set(readdirSync(world.records))
  claim('those files are there; any disk can hold their names, also one that ignores case',
    samples.every(([space, key]) => files.has(fileOf(space === 'notes' ? '' : space, key))))
  say()
  showRecord(world)
  claim(`what a person reads there is what get() gives`, isDeepStrictEqual(
    JSON.parse(envelopeOf(readFileSync(join(world.records, fileOf('countries', SHOWN)))).payload),
    countries.getSync(SHOWN)))
}

/** @param {World} world */
function showFolder({ dir, records }) {
  const names = readdirSync(records)
  const bytes = names.reduce((sum, name) => sum + statSync(join(records, name)).size, 0)
  const modeOf = (/** @type {string} */ path) => (statSync(path).mode & 0o777).toString(8).padStart(4, '0')
  const [lock, witness] = [join(dir, 'lock'), join(dir, 'witness')]
  const columns = [{ head: 'in the folder' }, { head: 'mode' }, { head: 'size', side },
    { head: 'what it is' }]
  table(columns, [
    ['lock', modeOf(lock), size(statSync(lock).size), `who may write: this process, ${process.pid}`],
    ['witness', modeOf(witness), size(statSync(witness).size), 'tells a wiped store from a new one'],
    ['records/', modeOf(records), size(bytes), `${names.length} files, one for each record`],
  ])
  if (process.platform === 'win32') return
  claim('nobody but its owner may read any of it', [lock, witness, ...names.map(name => join(records, name))]
    .every(path => modeOf(path) === '0600') && modeOf(records) === '0700')
}

/** @param {string} hex */
function date(hex) {
  return new Date(parseInt(hex, 16)).toISOString().replace('T', ' ').slice(0, 19)
}

/** @param {World} world */
function showRecord({ records }) {
  const content = readFileSync(join(records, fileOf('countries', SHOWN)))
  const { key, fields, payload } = envelopeOf(content)
  const [mark = '', version = '', kind = '', flags = '', created = '', updated = '', expires = '', count = '',
    sum = '', end = ''] = fields
  /** @type {[string, string][]} */
  const parts = [
    [key, 'the key, a line of JSON for whoever rescues by hand'],
    [mark, 'a mark: an envelope begins'], [version, 'the version of the format'], [kind, 'its kind: a value'],
    [flags, 'flags: plain JSON, not compressed'], [created, `created  ${date(created)}`],
    [updated, `updated  ${date(updated)}`], [expires, `expires  ${/^f+$/.test(expires) ? 'never' : date(expires)}`], [count, 'the version of the record'],
    [sum, 'the checksum of it all, the key included'], [end, 'the header ends'],
    [payload, `the value: ${size(Buffer.byteLength(payload))} of JSON`], [mark, 'the mark again: it is complete'],
  ]
  check('the record has the format that is drawn here', version === '1' && kind === 'v' && flags === '00')
  say(`The record ${cyan(SHOWN)}, ${content.length} bytes, field by field:`)
  let offset = 0
  const rows = parts.map(([text, meaning], index) => {
    const row = [String(offset), cut(text, 32), dim(meaning)]
    // The line of the key ends with a newline, which is not shown.
    offset += Buffer.byteLength(text) + (index === 0 ? 1 : 0)
    return row
  })
  table([{ head: 'at', side }, { head: 'bytes' }, { head: 'meaning' }], rows)
  claim(`the fields are all of its ${content.length} bytes`, offset === content.length)
}
