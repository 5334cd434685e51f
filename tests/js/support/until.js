// @ts-check
/** Waiting for what nobody tells of; the timeout of the test is its limit. */

/** Waits until something is so, asking now and then. @param {() => unknown} isSo */
export async function until(isSo) {
  while (!isSo()) await new Promise(resolve => { setTimeout(resolve, 2) })
}
