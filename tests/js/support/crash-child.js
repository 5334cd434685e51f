// @ts-check
/**
 * A process of its own that opens a folder and makes a change, and dies by SIGKILL before its n-th call of
 * the file system: of the opening or of the change. If it lives, it tells how many calls there were.
 */

import fs from 'node:fs'
import { CHANGES, openFolder } from './crash-changes.js'
import { dieBefore } from './host-death.js'

const [when, dir = '', mode = '', change = '', fatal] = process.argv.slice(2)

if (when === 'opening') {
  const count = dieBefore(Number(fatal))
  await openFolder(dir, mode)
  fs.writeSync(1, `${count()}\n`)
} else {
  const { storage } = await openFolder(dir, mode)
  const count = dieBefore(Number(fatal))
  await CHANGES[change]?.(storage)
  fs.writeSync(1, `${count()}\n`)
}
