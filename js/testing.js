// @ts-check
/**
 * The entry `ministash/testing`: doubles of mini-programs and a host that fails when it is told to, for tests
 * of programs that use this library. Exports, nothing else; no other entry imports any of it.
 */

export { alipayDouble } from './testing/alipay.js'
export { cutAt, faulty, lateBy, loseAt, refuseAt } from './testing/faulty.js'
export { PowerCut } from './testing/power-cut.js'
export { wechatDouble } from './testing/wechat.js'

// The types that users name; they cost nothing at run time.
/** @typedef {import('./testing/wechat.js').DoubleOptions} WechatDoubleOptions */
/** @typedef {import('./testing/wechat.js').Call} WechatCall */
/** @typedef {import('./testing/wechat.js').Mishap} WechatMishap */
/** @typedef {import('./testing/faulty.js').Call} HostCall */
/** @typedef {import('./testing/faulty.js').Mishap} HostMishap */
/** @typedef {import('./testing/faulty.js').FaultyOptions} FaultyOptions */
/**
 * @template {Readonly<import('./hosts/host.js').Host>} Inner
 * @typedef {import('./testing/faulty.js').Faulty<Inner>} Faulty
 */
