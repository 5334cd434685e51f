// Folders for tests, gone with the test.
// @ts-check
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Makes an empty folder that is removed after the test.
 * @param {{ after(act: () => void): void }} test
 * @returns {string}
 */
export function folderFor(test) {
  const dir = mkdtempSync(join(tmpdir(), 'ministash-'))
  test.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}
