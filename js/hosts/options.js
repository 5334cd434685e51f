// @ts-check
/**
 * The check of what a host function is given: known names, and the kind of each. What a value means,
 * and whether it lies in its range, is the business of the host.
 */

import { StorageError } from '../errors.js'

/**
 * Refuses options that are no object, that hold a name nobody knows, or a value of another kind.
 * @param {unknown} options
 * @param {Readonly<Record<string, 'string' | 'number' | 'boolean'>>} kinds
 */
export function checkHostOptions(options, kinds) {
  if (typeof options !== 'object' || options === null) {
    throw new StorageError('INVALID_OPTION', `expected an object with options, got ${kindOf(options)}`)
  }
  for (const [name, value] of Object.entries(options)) {
    const kind = kinds[name]
    if (kind === undefined) {
      throw new StorageError('INVALID_OPTION',
        `unknown option: expected one of ${Object.keys(kinds).join(', ')}, got ${name}`)
    }
    if (value !== undefined && typeof value !== kind) {
      throw new StorageError('INVALID_OPTION', `expected a ${kind} as ${name}, got ${kindOf(value)}`)
    }
  }
}

/** @param {unknown} value */
function kindOf(value) {
  return value === null ? 'null' : typeof value
}
