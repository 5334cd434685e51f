// The suites hold on the core in plain JavaScript in QuickJS, which has no compiler: the contracts, every
// value, and one change that is killed and refused at each call. With MINISTASH_QUICKJS=all it is every
// change, which takes a minute.
// @ts-check
import { test } from 'node:test'
import { plainClaims } from './support/plain-claims.js'
import { runInQuickjs } from './support/quickjs.js'

const isAll = process.env.MINISTASH_QUICKJS === 'all'
const SLICE = { wanted: /^(?!all or nothing)|: setMany in a namespace/, least: 140 }

test('in plain JavaScript, in QuickJS, on Alipay', context => plainClaims(context, runInQuickjs,
  { entry: 'mini-suites.js', place: 'alipay', ...(isAll ? { least: 150 } : SLICE) }))

test('in plain JavaScript, in QuickJS, on WeChat', context => plainClaims(context, runInQuickjs,
  { entry: 'wechat-glance.js', place: 'ios', least: 4 }))
