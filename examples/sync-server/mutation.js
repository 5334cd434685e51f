// @ts-check
/** What a device pushes, checked at the door: what comes out of here cannot be wrong in itself. */

import { invalid, Refusal } from './refusal.js'

/** @import { Limits } from './limits.js' */
/** @import { Form } from './row.js' */

/**
 * @typedef {object} Mutation
 * @property {number} id
 * @property {string} key
 * @property {'create' | 'update' | 'delete'} type
 * @property {number} base
 * @property {string} hlc
 * @property {Form} form
 * @property {string | null} body The JSON text of the new value; null for a delete.
 * @property {readonly string[]} [fields]
 */

/** @typedef {{ id: number, wrong: string }} WrongMutation One that nothing can be done with, and why. */

/**
 * A change as the wire has it.
 * @typedef {{ id: number, key: string, type: Mutation['type'], base: number, hlc: string, value?: unknown,
 *   encoded?: [number, string], sealed?: string, fields?: string[] }} WireMutation
 */

const FORMS = Object.freeze(/** @type {const} */ (['value', 'encoded', 'sealed']))
const TYPES = Object.freeze(/** @type {unknown[]} */ (['create', 'update', 'delete']))
const FIELDS_MAX = 10_000

/**
 * @param {unknown} body
 * @param {Limits} limits
 * @returns {{ client: string, mutations: (Mutation | WrongMutation)[] }}
 */
export function parsePush(body, limits) {
  if (!isObject(body)) throw invalid('expected an object with client and mutations')
  const { client, mutations } = body
  if (typeof client !== 'string' || !/^[0-9a-f]{32}$/i.test(client)) {
    throw invalid('expected client to be 32 hexadecimal digits')
  }
  if (!Array.isArray(mutations)) throw invalid('expected mutations to be a list')
  if (mutations.length > limits.mutationsMax) {
    throw new Refusal(413, 'TOO_LARGE',
      `expected at most ${limits.mutationsMax} mutations, got ${mutations.length}`)
  }
  const ids = new Set()
  const keys = new Set()
  const parsed = mutations.map(mutation => {
    const one = parseMutation(mutation, limits)
    if (ids.has(one.id)) throw invalid('expected each id once')
    ids.add(one.id)
    if ('wrong' in one) return one
    if (keys.has(one.key)) throw invalid('expected each key once')
    keys.add(one.key)
    return one
  })
  return { client: client.toLowerCase(), mutations: parsed }
}

/**
 * @param {unknown} mutation
 * @param {Limits} limits
 * @returns {Mutation | WrongMutation}
 */
function parseMutation(mutation, limits) {
  // Without its number nobody could be told what became of it.
  if (!isObject(mutation) || !isWhole(mutation.id, 1)) throw invalid('expected id to be a whole number')
  const { id, key, type, base, hlc, fields } = mutation
  /** @param {string} why */
  const wrong = why => ({ id, wrong: why })
  if (!isKey(key, limits)) return wrong(`expected key to be 1 to ${limits.keyBytesMax} bytes without NUL`)
  if (!isType(type)) return wrong('expected type to be create, update or delete')
  if (!isWhole(base, 0)) return wrong('expected base to be a whole number from 0')
  if (!isStamp(hlc)) return wrong('expected hlc to be 16 hexadecimal digits')
  if (fields !== undefined && !isFields(fields)) return wrong('expected fields to be a list of names')
  const held = heldBy(mutation, type, limits)
  if (typeof held === 'string') return wrong(held)
  return { id, key, type, base, hlc: hlc.toLowerCase(), ...held, ...(fields && { fields }) }
}

/**
 * The new value, or what is wrong with it.
 * @param {Record<string, unknown>} mutation
 * @param {Mutation['type']} type
 * @param {Limits} limits
 * @returns {{ form: Form, body: string | null } | string}
 */
function heldBy(mutation, type, limits) {
  const forms = FORMS.filter(form => mutation[form] !== undefined)
  if (type === 'delete' && forms.length > 0) return 'expected a delete without a value'
  if (type === 'delete') return { form: 'deleted', body: null }
  const [form] = forms
  if (form === undefined || forms.length > 1) return 'expected one of value, encoded and sealed'
  const held = mutation[form]
  if (form === 'sealed' && typeof held !== 'string') return 'expected sealed to be text'
  if (form === 'encoded' && !isEncoded(held)) return 'expected encoded to be a form and a text'
  const body = textOf(held)
  if (body === undefined) return 'expected a value that is nested less deeply'
  return Buffer.byteLength(body) <= limits.valueBytesMax ? { form, body } : `expected at most ${limits.valueBytesMax} bytes of value`
}

/** As the device sent it, for the hook of the app. @param {Mutation} mutation @returns {WireMutation} */
export function wireOf({ form, body, fields, ...rest }) {
  const held = body === null ? {} : { [form]: JSON.parse(body) }
  return { ...rest, ...held, ...(fields && { fields: [...fields] }) }
}

/** @param {unknown} held @returns {string | undefined} */
function textOf(held) {
  try {
    return JSON.stringify(held)
  } catch {
    // Read by a loop, written by recursion: what is nested a hundred thousand deep can only be read.
    return undefined
  }
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @param {unknown} value @param {number} least @returns {value is number} */
const isWhole = (value, least) => Number.isSafeInteger(value) && Number(value) >= least

/** @param {unknown} value @returns {value is string} */
const isStamp = value => typeof value === 'string' && /^[0-9a-f]{16}$/i.test(value)

/** @param {unknown} value @returns {value is Mutation['type']} */
const isType = value => TYPES.includes(value)

/** @param {unknown} value @returns {value is string[]} */
function isFields(value) {
  return Array.isArray(value) && value.length <= FIELDS_MAX && value.every(name => typeof name === 'string')
}

/** @param {unknown} value */
function isEncoded(value) {
  if (!Array.isArray(value) || value.length !== 2) return false
  return Number.isSafeInteger(value[0]) && typeof value[1] === 'string'
}

/** @param {unknown} key @param {Limits} limits @returns {key is string} */
function isKey(key, limits) {
  if (typeof key !== 'string' || key === '' || key.includes('\0')) return false
  const bytes = Buffer.from(key)
  // Half of a surrogate pair has no UTF-8.
  return bytes.length <= limits.keyBytesMax && bytes.toString() === key
}
