// @ts-check
/** Runs the script that it is given as input in QuickJS, until nothing is left to do. */

import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'
import { newQuickJSWASMModuleFromVariant } from 'quickjs-emscripten-core'

// The types of its modules do not say what Node finds there.
const { default: variant } = createRequire(import.meta.url)('@jitl/quickjs-wasmfile-release-sync')

/** What a shell has besides the language; turns of the event loop are asked for from outside. */
const SHELL = `
var ministashTimers = [], ministashLast = 0;
function setTimeout(act) { ministashLast += 1; ministashTimers.push([ministashLast, act]); return ministashLast; }
function clearTimeout(id) { ministashTimers = ministashTimers.filter(function (one) { return one[0] !== id; }); }
function setInterval() { throw new Error('nothing of the suites repeats'); }
function clearInterval() {}
function ministashTurn() {
  var next = ministashTimers.shift();
  if (next) next[1]();
  return next !== undefined;
}
var console = { log: print, warn: print, error: print };
`

const engine = await newQuickJSWASMModuleFromVariant(variant)
const runtime = engine.newRuntime()
// That of Node is the limit.
runtime.setMaxStackSize(0)
const context = runtime.newContext()

/** Evaluates, and says whether that gave true. @param {string} code @param {string} name */
function evaluate(code, name) {
  return context.unwrapResult(context.evalCode(code, name))
    .consume(value => context.sameValue(value, context.true))
}

const print = context.newFunction('print', words => { process.stdout.write(`${context.getString(words)}\n`) })
context.setProp(context.global, 'print', print)
const quit = context.newFunction('quit', code => { process.exitCode = context.getNumber(code) })
context.setProp(context.global, 'quit', quit)
evaluate(SHELL, 'shell.js')
evaluate(await text(process.stdin), 'script.js')
do {
  context.unwrapResult(runtime.executePendingJobs())
} while (evaluate('ministashTurn()', 'turn.js') || runtime.hasPendingJob())
