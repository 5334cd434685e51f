// @ts-check
/**
 * What the suites use of `node:test`, `node:assert/strict` and `node:util`, for a page: the bundle of the
 * suites has this file in their place. A claim is registered at once and run by `runClaims`.
 */

/** @typedef {{ name: string, error?: string }} Result */
/** @typedef {{ after(act: () => unknown): void, diagnostic(text: string): void }} Context */

/** @type {{ name: string, body: (context: Context) => unknown }[]} */
const claims = []
/** @type {string[]} */
const headings = []

/** @param {string} name @param {() => void} body */
export function describe(name, body) {
  headings.push(name)
  body()
  headings.pop()
}

/** @param {string} name @param {(context: Context) => unknown} body */
export function test(name, body) {
  claims.push({ name: [...headings, name].join(': '), body })
}

/**
 * Runs the claims, one after another.
 * @param {RegExp} [wanted] Matches the names of those that are run; every one if not given.
 * @returns {Promise<Result[]>}
 */
export async function runClaims(wanted = /^/) {
  /** @type {Result[]} */
  const results = []
  for (const { name, body } of claims.splice(0).filter(claim => wanted.test(claim.name))) {
    /** @type {(() => unknown)[]} */
    const afters = []
    try {
      await body({ after: act => { afters.push(act) }, diagnostic: () => {} })
      results.push({ name })
    } catch (/** @type {any} */ error) {
      // The stack of Chromium begins with the message, that of Firefox has none.
      const cause = error?.cause === undefined ? [] : [String(error.cause), error.cause.stack]
      results.push({ name, error: [String(error), error?.stack, ...cause].join('\n') })
    }
    for (const act of afters) await act()
  }
  return results
}

export class AssertionError extends Error {
  /** @param {{ message: string }} options */
  constructor({ message }) {
    super(message)
    this.name = 'AssertionError'
  }
}

/** @param {string} message @returns {never} */
function fail(message) {
  throw new AssertionError({ message })
}

/** @type {(actual: any, expected: any) => boolean} */
export function isDeepStrictEqual(actual, expected) {
  if (Object.is(actual, expected)) return true
  if (typeof actual !== 'object' || typeof expected !== 'object' || !actual || !expected) return false
  if (Object.getPrototypeOf(actual) !== Object.getPrototypeOf(expected)) return false
  if (actual instanceof Map) {
    const isSame = (/** @type {[any, any]} */ [key, value]) =>
      expected.has(key) && isDeepStrictEqual(value, expected.get(key))
    return actual.size === expected.size && [...actual].every(isSame)
  }
  if (actual instanceof Set) {
    const isThere = (/** @type {any} */ value) =>
      expected.has(value) || [...expected].some(other => isDeepStrictEqual(value, other))
    return actual.size === expected.size && [...actual].every(isThere)
  }
  if (actual instanceof Date) return Object.is(actual.getTime(), expected.getTime())
  if (actual instanceof Error && actual.message !== expected.message) return false
  if (actual instanceof Array && actual.length !== expected.length) return false
  const keys = Object.keys(actual)
  return keys.length === Object.keys(expected).length
    && keys.every(key => Object.hasOwn(expected, key) && isDeepStrictEqual(actual[key], expected[key]))
}

/** @type {(value: unknown) => string} */
const show = value => {
  try {
    return String(JSON.stringify(value)).slice(0, 300)
  } catch {
    return String(value)
  }
}

/** @type {(error: any, expected: any) => void} */
function matches(error, expected) {
  // An arrow function has no prototype, and is a check, not a class.
  const isMet = typeof expected !== 'function'
    || (expected.prototype === undefined ? expected(error) === true : error instanceof expected)
  if (!isMet) fail(`${error} is another error`)
  if (expected instanceof RegExp && !expected.test(String(error))) fail(`${error} is not ${expected}`)
  if (typeof expected !== 'object' || expected instanceof RegExp) return
  for (const name of Object.keys(expected)) equal(error[name], expected[name], `${name} of ${error}`)
}

/** @type {(actual: any, expected: any, message?: string) => void} */
function equal(actual, expected, message = '') {
  if (!Object.is(actual, expected)) fail(`${message} ${show(actual)} is not ${show(expected)}`)
}

/** @type {(value: unknown, message?: string) => void} */
function ok(value, message = 'it is not true') {
  if (!value) fail(message)
}

/** @type {any} */
const assert = Object.assign(ok, {
  ok,
  equal,
  AssertionError,
  fail,
  notEqual: (/** @type {any} */ actual, /** @type {any} */ other) => {
    if (Object.is(actual, other)) fail(`both are ${show(actual)}`)
  },
  deepEqual: (/** @type {any} */ actual, /** @type {any} */ expected, message = '') => {
    if (!isDeepStrictEqual(actual, expected)) fail(`${message} ${show(actual)} is not ${show(expected)}`)
  },
  notDeepEqual: (/** @type {any} */ actual, /** @type {any} */ other) => {
    if (isDeepStrictEqual(actual, other)) fail(`both are ${show(actual)}`)
  },
  match: (/** @type {string} */ text, /** @type {RegExp} */ form) => {
    if (!form.test(text)) fail(`${text} is not ${form}`)
  },
  doesNotMatch: (/** @type {string} */ text, /** @type {RegExp} */ form) => {
    if (form.test(text)) fail(`${text} is ${form}`)
  },
  rejects: async (/** @type {any} */ act, /** @type {any} */ expected) => {
    let error
    try {
      await (typeof act === 'function' ? act() : act)
    } catch (thrown) {
      error = thrown
    }
    if (error === undefined) fail('nothing was refused')
    if (expected !== undefined) matches(error, expected)
  },
  throws: (/** @type {() => unknown} */ act, /** @type {any} */ expected) => {
    let error
    try {
      act()
    } catch (thrown) {
      error = thrown
    }
    if (error === undefined) fail('nothing was refused')
    if (expected !== undefined) matches(error, expected)
  },
})

export default assert
