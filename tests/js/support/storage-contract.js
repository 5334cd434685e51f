// @ts-check
/**
 * The contract of the storage, as claims that hold on every host. Whoever writes a host runs it:
 *
 *   storageContract('mine', (test, limits) => mine({ ...limits }))
 *
 * On immediate hosts every claim is made twice: of the verbs and of their twins.
 */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openAt } from './shell.js'
import { changeClaims } from './storage-contract-changes.js'
import { limitClaims, refusalClaims } from './storage-contract-refusals.js'
import { verbClaims } from './storage-contract-verbs.js'

/** @import { TestContext } from 'node:test' */
/** @import { Host, Limits } from '../../../js/hosts/host.js' */
/** @import { DeferredStorage } from './shell.js' */

/** @typedef {Readonly<Host>} AnyHost */
/** @typedef {'promises' | 'twins'} Face */

/**
 * What a claim is made of.
 * @typedef {object} Opened
 * @property {DeferredStorage} storage
 * @property {Awaited<ReturnType<typeof openAt>>['stash']} stash
 * @property {{ now: number }} time The clock, which stands still until it is set.
 * @property {AnyHost} host
 * @property {() => Promise<DeferredStorage>} reopen Closes the stash and opens another one on the same host.
 */

/**
 * @typedef {object} ClaimOptions
 * @property {Limits} [limits] Limits that the host must have; without them in the host no claim is made.
 * @property {Face[]} [by] Of which verbs the claim is made; of both if not given.
 */

/** @typedef {(opened: Opened) => Promise<void>} Body */
/** @typedef {(text: string, body: Body, options?: ClaimOptions) => void} Claim */

/**
 * @typedef {object} ContractOptions
 * @property {boolean} [isImmediate] Whether the host answers at once. Default true.
 * @property {boolean} [hasLimits] False if the host cannot be given limits. Default true.
 * @property {boolean} [isLasting] False if closing the host loses the data. Default true.
 */

/**
 * Registers the contract suite for the storage on a host.
 * @param {string} name
 * @param {(test: TestContext, limits: Limits) => AnyHost} openHost Makes a new, empty, unopened host.
 * @param {ContractOptions} [options]
 */
export function storageContract(name, openHost, options = {}) {
  const { isImmediate = true, hasLimits = true, isLasting = true } = options
  for (const face of /** @type {Face[]} */ (isImmediate ? ['promises', 'twins'] : ['promises'])) {
    /** @type {Claim} */
    const claim = (text, body, { limits = {}, by } = {}) => {
      if (by !== undefined && !by.includes(face)) return
      if (!hasLimits && Object.keys(limits).length > 0) return
      test(text, async context => {
        const host = openHost(context, limits)
        assert.equal(host.immediate, isImmediate, 'the contract must be told whether the host is immediate')
        const first = await openAt(host)
        let { stash } = first
        const { time } = first
        const storage = facing(face, stash.storage)
        const reopen = async () => {
          await stash.close()
          stash = (await openAt(host, { clock: () => time.now })).stash
          return facing(face, stash.storage)
        }
        try {
          await body({ storage, stash, time, host, reopen })
        } finally {
          await stash.close()
        }
      })
    }
    describe(`the contract of the storage, kept on ${name}, by ${face}`, () => {
      verbClaims(claim)
      changeClaims(claim, { isLasting })
      refusalClaims(claim)
      if (hasLimits) limitClaims(claim)
    })
  }
}

/**
 * The storage, or one whose verbs are their twins.
 * @param {Face} face
 * @param {DeferredStorage} storage
 * @returns {DeferredStorage}
 */
function facing(face, storage) {
  if (face === 'promises') return storage
  return new Proxy(storage, {
    get(target, name) {
      const members = /** @type {Record<string, any>} */ (/** @type {unknown} */ (target))
      if (name === 'namespace') return (/** @type {string} */ inner) => facing(face, target.namespace(inner))
      const member = members[`${String(name)}Sync`] ?? members[String(name)]
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}
