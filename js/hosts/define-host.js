// @ts-check
/**
 * The check that every host passes, ours and those of others, before anything is asked of it.
 */

import { StorageError } from '../errors.js'

/** @import { Host } from './host.js' */

/**
 * Checks a host and returns a frozen copy of it with its methods bound; throws INVALID_OPTION that
 * names everything missing or wrong.
 * @template {Host} Definition
 * @param {Definition} definition
 * @returns {Readonly<Definition>}
 */
export function defineHost(definition) {
  const isObject = typeof definition === 'object' && definition !== null
  const host = /** @type {Record<string, any>} */ (isObject ? definition : {})
  const wrong = isObject ? wrongParts(host) : [`a host object, got ${kindOf(definition)}`]
  if (wrong.length > 0) {
    throw new StorageError('INVALID_OPTION', `this is not a host: expected ${wrong.join('; expected ')}`)
  }
  const copy = /** @type {Record<string, unknown>} */ (Object.assign({}, host))
  // The members of a class lie on its prototype and use `this`: named one by one, they come along.
  for (const name of MEMBERS) if (host[name] !== undefined) copy[name] = host[name]
  for (const name in VERBS) if (host[name] !== undefined) copy[name] = host[name].bind(host)
  return /** @type {Readonly<Definition>} */ (Object.freeze(copy))
}

const MEMBERS = ['name', 'immediate', 'holds', 'exclusive', 'lists', 'limits', 'foreignPrefixes', 'witness',
  'others', 'network', 'files']
const REQUIRED = ['name', 'immediate', 'holds', 'read', 'write', 'remove', 'list']
/** @type {Record<string, string>} */
const VERBS = { read: 'key', write: 'key, data', remove: 'key', list: 'prefix', readMany: 'keys',
  writeMany: 'entries', removeMany: 'keys', commit: 'change', info: '', lock: 'name', entropy: '',
  listen: 'event, listener', open: '', close: '' }

/** @param {Record<string, any>} host */
function wrongParts(host) {
  const { limits, foreignPrefixes, witness, others, files } = host
  const wrong = /** @type {string[]} */ ([])
  /** @type {(name: string, what: string, isRight: boolean) => void} */
  const expect = (name, what, isRight) => {
    const isGiven = host[name] !== undefined || REQUIRED.includes(name)
    if (isGiven && !isRight) wrong.push(`${what}, got ${kindOf(host[name])}`)
  }
  expect('name', 'a string `name`', isText(host.name))
  expect('immediate', 'a boolean `immediate`', typeof host.immediate === 'boolean')
  expect('lists', 'a boolean `lists`', typeof host.lists === 'boolean')
  expect('holds', "'text', 'bytes' or 'native' in `holds`", ['text', 'bytes', 'native'].includes(host.holds))
  for (const name in VERBS) expect(name, `a function \`${name}(${VERBS[name]})\``, isVerb(host[name]))
  expect('exclusive', 'a boolean `exclusive`', typeof host.exclusive === 'boolean')
  expect('limits', 'whole numbers above 0 as `entryBytes` and `totalBytes` in `limits`',
    Object(limits) === limits && [limits.entryBytes, limits.totalBytes].every(isLimit))
  expect('foreignPrefixes', 'an array of strings in `foreignPrefixes`',
    Array.isArray(foreignPrefixes) && foreignPrefixes.every(isText))
  expect('witness', 'functions `read()` and `write(text)` in `witness`',
    Object(witness) === witness && [witness.read, witness.write].every(isVerb))
  expect('others', 'functions `tell(news)` and `hear(listener)` in `others`',
    Object(others) === others && [others.tell, others.hear].every(isVerb))
  expect('files',
    'functions `open(path)` and, if at all, `place(path)`, `keep(path)` and `drop(kept)` in `files`',
    Object(files) === files && isVerb(files.open)
    && [files.place, files.keep, files.drop].every(isVerbIfAny))
  return wrong
}

/** @typedef {(value: any) => boolean} Check */
const isText = /** @type {Check} */ (value => typeof value === 'string' && value !== '')
const isVerb = /** @type {Check} */ (value => typeof value === 'function')
const isVerbIfAny = /** @type {Check} */ (value => value === undefined || isVerb(value))
const isLimit = /** @type {Check} */ (size => size === undefined || (Number.isSafeInteger(size) && size > 0))
const kindOf = /** @type {(value: unknown) => string} */ (value => typeof value === 'string'
  ? JSON.stringify(value) : typeof value === 'number' || value === null ? String(value) : typeof value)
