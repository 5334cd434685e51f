// Takes a picture of a page, as small as a README can bear.
// @ts-check
import { statSync } from 'node:fs'

/** A README is read on slow lines, too. */
const BYTES_MAX = 400_000

/**
 * @param {import('puppeteer-core').Page} page
 * @param {string} file
 */
export async function takePicture(page, file) {
  await page.screenshot({ path: /** @type {`${string}.png`} */ (file) })
  const { size } = statSync(file)
  if (size > BYTES_MAX) throw new Error(`the picture has ${size} bytes, more than ${BYTES_MAX}`)
  console.log(`${file}: ${size} bytes`)
}
