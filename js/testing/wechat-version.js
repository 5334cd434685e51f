// @ts-check
/** The order of base libraries: what is younger than a client's is not there. */

/**
 * Whether a base library has what came with another one.
 * @param {string} version
 * @param {string} wanted
 */
export function isAtLeast(version, wanted) {
  const have = version.split('.').map(Number)
  const need = wanted.split('.').map(Number)
  const at = need.findIndex((part, index) => part !== (have[index] ?? 0))
  return at === -1 || (have[at] ?? 0) > (need[at] ?? 0)
}
