// @ts-check
/**
 * A second process that uploads all files of a folder. Its first argument is the folder, its second the
 * server. It is killed before it is done.
 */

import { readdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { node, open } from 'ministash'
import { transportTo } from './upload-transport.js'

const [folder = '', url = ''] = process.argv.slice(2)
const stash = await open({ host: node({ dir: join(folder, 'store') }),
  uploads: { transport: transportTo(url) } })
const files = join(folder, 'files')
const all = stash.uploads.uploadMultiple(readdirSync(files).sort().map(name =>
  ({ path: join(files, name), cloudPath: name })))
writeSync(1, 'uploading\n')
await all
writeSync(1, 'done\n')
