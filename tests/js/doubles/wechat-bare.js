// @ts-check
/** A realm with what WeChat's logic layer has on phones, and nothing of what only DevTools and Node have. */

import vm from 'node:vm'

/** What the language brings here and phones lack, or may lack. */
export const ABSENT = [
  'WebAssembly', 'SharedArrayBuffer', 'Atomics', 'FinalizationRegistry', 'WeakRef', 'WXWebAssembly',
  'TextEncoder', 'TextDecoder', 'URL', 'URLSearchParams', 'fetch', 'XMLHttpRequest', 'Blob',
  'localStorage', 'indexedDB', 'crypto', 'atob', 'btoa', 'performance', 'structuredClone',
  'queueMicrotask', 'process', 'Buffer', 'window', 'document', 'navigator', 'self', 'setImmediate',
  'require', 'eval', 'globalThis',
]

/**
 * Runs a program where none of that exists. A text is the source of a CommonJS module, and its exports are
 * returned; of a function a copy made there is returned, which sees nothing of its old surroundings. Neither
 * `eval` nor `Function` makes code of a text there.
 * @param {string | Function} program
 * @param {Record<string, unknown>} [globals] What is there besides the timers and the console: `wx`, say.
 * @returns {any}
 */
export function inBareContext(program, globals = {}) {
  const context = vm.createContext({ setTimeout, clearTimeout, setInterval, clearInterval, console },
    { codeGeneration: { strings: false, wasm: false } })
  vm.runInContext(ABSENT.map(name => `delete this[${JSON.stringify(name)}]`).join('\n'), context)
  Object.assign(context, globals)
  if (typeof program === 'function') return vm.runInContext(`(${String(program)})`, context)
  const module = { exports: {} }
  const requireNothing = (/** @type {string} */ name) => { throw new Error(`there is no module ${name}`) }
  const run = vm.runInContext(`(function (module, exports, require) {${program}\n})`, context)
  run(module, module.exports, requireNothing)
  return module.exports
}
