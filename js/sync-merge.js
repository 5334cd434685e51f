// @ts-check
/** What becomes of two changes of one value: three-way, by field. Pure. */

/** @typedef {import('./sync-options.js').SyncConflict} SyncConflict */

/**
 * Whether a value has fields: a plain object.
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export function hasFields(value) {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/**
 * The fields that a change has set or removed.
 * @param {Record<string, unknown>} base
 * @param {Record<string, unknown>} changed
 * @param {(a: unknown, b: unknown) => boolean} isSame
 */
export function changedFields(base, changed, isSame) {
  const names = Object.keys(Object.assign({}, base, changed))
  return names.filter(name => name in base !== name in changed || !isSame(base[name], changed[name]))
}

/**
 * Merges two changes of an object: each field is as the side has it that changed it; where both did, as the
 * later one has it.
 * @param {SyncConflict} conflict
 * @param {boolean} isLocalLater
 * @param {(a: unknown, b: unknown) => boolean} isSame
 */
export function merge({ base, local, remote }, isLocalLater, isSame) {
  if (!hasFields(local) || !hasFields(remote)) return isLocalLater ? local : remote
  const before = hasFields(base) ? base : {}
  const merged = Object.assign({}, remote)
  const theirs = changedFields(before, remote, isSame)
  for (const name of changedFields(before, local, isSame)) {
    if (theirs.includes(name) && !isLocalLater) continue
    if (name in local) setField(merged, name, local[name])
    else delete merged[name]
  }
  return merged
}

/**
 * Sets a field of any name, `__proto__` too.
 * @param {object} target
 * @param {string} name
 * @param {unknown} value
 */
export function setField(target, name, value) {
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true })
}
