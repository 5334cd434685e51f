// @ts-check
/**
 * The host that joins two: small values go to one of them, large ones to the other, and where one has no room
 * left, to the one that has. The core knows of neither.
 *
 * Invariant: what the small host holds counts. The copy in the large one counts only where the small one has
 * none. So each move is decided by one call: of the small host's `write`, or of its `remove`.
 */

import { StorageError } from '../errors.js'
import { runLater, runNow } from '../run.js'
import { defineHost } from './define-host.js'
import { PACKED_BYTES_MORE } from './packed.js'
import { Placement } from './placement.js'

/** @import { Host, Limits } from './host.js' */
/** @import { Flow } from '../run.js' */

/**
 * @template {boolean} [SmallImmediate=boolean]
 * @template {boolean} [LargeImmediate=boolean]
 * @typedef {object} BySizeOptions
 * @property {Readonly<Host<SmallImmediate>>} small Where small values lie, such as `wechat(wx)`.
 * @property {Readonly<Host<LargeImmediate>>} large Where large values lie, such as `wechatFiles(wx)`: a host
 *   that nobody else writes, and that holds bytes or the same as the small one.
 * @property {number} [from] From how many bytes on a value is large. Default 65,536.
 */

const FROM_BYTES = 65_536

/**
 * Joins two hosts by the size of values. A value moves when one of another size replaces it. Code that knows
 * nothing of this library sees what lies in the small host only.
 * @template {boolean} SmallImmediate
 * @template {boolean} LargeImmediate
 * @param {BySizeOptions<SmallImmediate, LargeImmediate>} options
 * @returns {Readonly<Host<SmallImmediate extends true ? LargeImmediate extends true ? true : false : false>>}
 * @example const stash = await open({ host: bySize({ small: wechat(wx), large: wechatFiles(wx) }) })
 */
export function bySize(options) {
  const { small, large, from } = checked(options)
  const placement = new Placement(small, large, from)
  const immediate = small.immediate && large.immediate
  const run = /** @type {(flow: Flow<any>) => any} */ (immediate ? runNow : runLater)
  const witness = small.witness ?? large.witness
  const { info: smallInfo } = small
  const { info: largeInfo } = large
  const limits = joinedLimits(small.limits ?? {}, large.limits ?? {})
  /** @type {Host<any>} */
  const host = {
    name: 'bySize',
    immediate,
    holds: small.holds,
    exclusive: small.exclusive === true,
    lists: small.lists !== false,
    limits,
    foreignPrefixes: small.foreignPrefixes ?? [],
    read: key => run(placement.read(key)),
    readMany: keys => run(placement.readMany(keys)),
    write: (key, data) => run(placement.write(key, data)),
    writeMany: entries => run(placement.writeMany(entries)),
    remove: key => run(placement.remove(key)),
    list: prefix => run(placement.list(prefix)),
    info: smallInfo && largeInfo && (() => run(joinedRoom(smallInfo, largeInfo))),
    witness: witness && {
      read: () => run(asked(() => witness.read())),
      write: text => run(asked(() => witness.write(text)))
    },
    entropy: small.entropy ?? large.entropy,
    listen: small.listen ?? large.listen,
    network: small.network ?? large.network,
    files: small.files ?? large.files,
    async open() {
      await small.open?.()
      try {
        await large.open?.()
        await runLater(placement.open())
      } catch (error) {
        await closeBoth(small, large)
        throw error
      }
    },
    close: () => closeBoth(small, large)
  }
  return /** @type {any} */ (defineHost(host))
}

/** @typedef {Readonly<Host<any>>} AnyHost */

/** @param {any} options @returns {{ small: AnyHost, large: AnyHost, from: number }} */
function checked(options) {
  const { small: givenSmall, large: givenLarge, from = FROM_BYTES, ...others } = Object(options)
  const [small, large] = [defineHost(givenSmall), defineHost(givenLarge)]
  /** @type {(isMet: boolean, what: string) => void} */
  const expect = (isMet, what) => {
    if (!isMet) throw new StorageError('INVALID_OPTION', `expected ${what}, got something else`)
  }
  expect(Object.keys(others).length === 0, 'no options but small, large and from')
  expect(givenSmall !== givenLarge, 'two hosts as small and large')
  expect(large.exclusive === true && large.lists !== false,
    'a host as large that nobody else writes and that lists its keys')
  expect(large.holds === small.holds || (large.holds === 'bytes' && small.holds !== 'bytes'),
    'a host as large that holds bytes, or the same as small')
  expect(Number.isSafeInteger(from) && from > 0, 'a whole number above 0 as from')
  return { small, large, from }
}

/** @type {(small: Limits, large: Limits) => Limits} */
function joinedLimits(small, large) {
  const entries = [small.entryBytes ?? Infinity, (large.entryBytes ?? Infinity) - PACKED_BYTES_MORE]
  const most = Math.max(...entries)
  return {
    entryBytes: most === Infinity ? undefined : most,
    totalBytes: sum(small.totalBytes, large.totalBytes)
  }
}

/** @param {() => any} smallInfo @param {() => any} largeInfo @returns {Flow<import('./host.js').Room>} */
function* joinedRoom(smallInfo, largeInfo) {
  const [one, other] = [yield smallInfo(), yield largeInfo()]
  const usedBytes = sum(one.usedBytes, other.usedBytes)
  return { usedBytes, limitBytes: sum(one.limitBytes, other.limitBytes) }
}

/** @type {(one: number | undefined, other: number | undefined) => number | undefined} */
const sum = (one, other) => one === undefined || other === undefined ? undefined : one + other

/** @param {() => unknown} ask @returns {Flow<any>} */
function* asked(ask) {
  return yield ask()
}

/** @param {AnyHost} small @param {AnyHost} large */
async function closeBoth(small, large) {
  try {
    await large.close?.()
  } finally {
    await small.close?.()
  }
}
