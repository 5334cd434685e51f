// @ts-check
/** The parameters of an address, checked at the door. */

import { invalid } from './refusal.js'

/** @import { Limits } from './limits.js' */

/** @param {URLSearchParams} query @param {Limits} limits */
export function limitOf(query, limits) {
  const text = query.get('limit') ?? String(limits.pageRowsMax)
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > limits.pageRowsMax) throw invalid(`expected limit to be 1 to ${limits.pageRowsMax}`)
  return limit
}

/** @param {URLSearchParams} query */
export function bucketsOf(query) {
  const texts = (query.get('buckets') ?? '').split(',')
  const buckets = new Set(texts.map(text => (/^\d{1,3}$/.test(text) ? Number(text) : 256)))
  if ([...buckets].some(bucket => bucket > 255)) throw invalid('expected buckets to be numbers from 0 to 255')
  return [...buckets]
}
