// The suites hold on the core in plain JavaScript in JavaScriptCore, the engine of iOS; a few claims without
// its compilers, as a mini-program runs there.
// @ts-check
import { test } from 'node:test'
import { runInJsc } from './support/jsc.js'
import { plainClaims } from './support/plain-claims.js'

test('in plain JavaScript, in JavaScriptCore, on Alipay', context =>
  plainClaims(context, runInJsc, { entry: 'mini-suites.js', place: 'alipay', least: 150 }))

test('in plain JavaScript, in JavaScriptCore, on WeChat, without compilers', context =>
  plainClaims(context, script => runInJsc(script, ['--useJIT=false']),
    { entry: 'wechat-glance.js', place: 'ios', least: 4 }))
