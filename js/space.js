// @ts-check
/**
 * How the path of a namespace is spelled for the core: the names, joined by NUL, and after two NULs the
 * letters that say how what lies there is written. `e`: sealed; `k`: sealed if what is replaced was; `p`:
 * padded; `h`: under hidden names.
 */

import { StorageError } from './errors.js'

const END = '\u0000\u0000'

/**
 * The path without its letters.
 * @param {string} path
 */
export function plainPath(path) {
  const end = path.indexOf(END)
  return end === -1 ? path : path.slice(0, end)
}

/**
 * Spells a path with what is to hold for everything in it.
 * @param {string} path
 * @param {{ encrypt?: boolean, pad?: boolean, hideKeys?: boolean }} options
 */
export function spelledPath(path, { encrypt, pad, hideKeys }) {
  const letters = lettersOf(path)
  const has = (/** @type {string} */ letter, /** @type {boolean | undefined} */ said) =>
    said || letters.includes(letter) ? letter : ''
  const hidden = has('h', hideKeys)
  const sealed = has('e', encrypt || hidden !== '')
  if (!sealed) {
    if (pad) {
      throw new StorageError('INVALID_OPTION', 'pad hides the length of what is encrypted: add encrypt: true')
    }
    return plainPath(path)
  }
  return plainPath(path) + END + sealed + has('p', pad) + hidden
}

/**
 * Spells a path for one write.
 * @param {string} path
 * @param {{ encrypt?: boolean, pad?: boolean }} options
 * @param {boolean} [isKept] Whether what is not said stays as it was.
 */
export function sealedPath(path, { encrypt, pad }, isKept = false) {
  if (encrypt === false && lettersOf(path) !== '') {
    throw new StorageError('INVALID_OPTION', 'everything in this namespace is encrypted: leave encrypt out')
  }
  if (encrypt === undefined && !pad && !isKept) return path
  if (isKept && encrypt === undefined && lettersOf(path) === '' && !pad) return `${path}${END}k`
  return spelledPath(path, { encrypt, pad })
}

/**
 * The path of a namespace in another, which is written as the other is.
 * @param {string} path
 * @param {(plain: string) => string} join
 */
export function nestedPath(path, join) {
  const letters = lettersOf(path)
  return join(plainPath(path)) + (letters === '' ? '' : END + letters)
}

/** @typedef {import('./session.js').Space} Space */

/**
 * The default namespace as callers have it: closed as soon as somebody closes the stash, while its features
 * still write.
 * @param {import('./session.js').Session} session
 * @returns {Space}
 */
export function callersSpace(session) {
  return {
    get session() { return session.closing ? session.finished : session },
    path: '',
  }
}

/**
 * Another path in the hands of the same.
 * @param {Space} space
 * @param {string} path
 * @returns {Space}
 */
export function spaceAt(space, path) {
  return Object.create(space, { path: { value: path } })
}

/** @param {string} path */
function lettersOf(path) {
  const end = path.indexOf(END)
  return end === -1 ? '' : path.slice(end + END.length)
}
