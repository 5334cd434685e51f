// @ts-check
/**
 * A double of WeChat's WebAssembly: which modules it takes and from where, what it refuses, and in which
 * of two shapes it answers. An engine of the place where the test runs does the work.
 */

import { isAtLeast } from '../../../js/testing/wechat-version.js'

/**
 * @typedef {object} WasmOptions
 * @property {(path: string) => Uint8Array | undefined} read Reads a file of the code package by its path
 *   from the root; undefined where there is none.
 * @property {(bytes: Uint8Array) => Uint8Array} [unpack] Brotli, for `.wasm.br`.
 * @property {any} [engine] The WebAssembly of this place.
 * @property {import('../../../js/testing/wechat-errors.js').Client} [personality] Default 'android'.
 * @property {string} [baseLibrary] Default '3.5.0'.
 * @property {boolean} [plugin] Whether the caller is a plugin. Default false.
 * @property {'instance' | 'pair'} [answers] Whether `instantiate` resolves to the instance, as the
 *   typings have it, or to an object with module and instance. Default: 'instance' on iOS, else 'pair'.
 */

/** Since which base library it is there, in plugins, and takes `.wasm.br` and has `Global`. */
const SINCE = '2.13.0'
const SINCE_IN_PLUGINS = '2.18.1'
const BROTLI_SINCE = '2.14.0'

/** From one more on, iOS loses names of a function. */
const NAMES_MOST = 3

/**
 * Makes the global WXWebAssembly; undefined where the client has none.
 * @param {WasmOptions} options
 * @returns {any}
 */
export function wechatWasm(options) {
  const { personality = 'android', baseLibrary = '3.5.0', plugin = false, engine = WebAssembly } = options
  if (!isAtLeast(baseLibrary, plugin ? SINCE_IN_PLUGINS : SINCE)) return undefined
  const { answers = personality === 'ios' ? 'instance' : 'pair' } = options
  const hasBrotli = isAtLeast(baseLibrary, BROTLI_SINCE)

  /** @type {(path: unknown) => Uint8Array} */
  const fileOf = path => {
    if (typeof path !== 'string') throw refusal('the path must be a string')
    const isPacked = path.endsWith('.wasm.br')
    if (!path.endsWith('.wasm') && !(isPacked && hasBrotli)) throw refusal(`${path} is no WebAssembly file`)
    // From the root of the code package, with or without a slash; never from the page, the net or the disk.
    const isInside = !/^[a-z]+:|^\.|\/\.|\/\//.test(path)
    const bytes = isInside ? options.read(path.replace(/^\//, '')) : undefined
    if (bytes === undefined) throw refusal(`no such file ${path} in the code package`)
    if (!isPacked) return bytes
    if (options.unpack === undefined) throw new Error('the double was given no `unpack` for .wasm.br')
    return options.unpack(bytes)
  }

  /** @type {(path: unknown, imports?: object) => Promise<any>} */
  const instantiate = async (path, imports) => {
    // A file is read in a later turn, as on a device.
    await new Promise(resolve => { setTimeout(resolve, 0) })
    const module = new engine.Module(fileOf(path))
    if (personality === 'ios') refuseWhatIosLacks(engine.Module.exports(module))
    const instance = await engine.instantiate(module, imports)
    if (personality === 'ios') refuseManyNames(instance.exports)
    return answers === 'instance' ? instance : { module, instance }
  }
  const { Memory, Table, Global } = engine
  return { instantiate, Memory, Table, ...(hasBrotli && { Global }) }
}

/** @param {{ name: string, kind: string }[]} exported */
function refuseWhatIosLacks(exported) {
  const global = exported.find(({ kind }) => kind === 'global')
  if (global) throw refusal(`exported Global ${global.name} is not supported`)
}

/** @param {Record<string, unknown>} exports */
function refuseManyNames(exports) {
  const counts = /** @type {Map<unknown, number>} */ (new Map())
  for (const name of Object.keys(exports)) {
    const count = (counts.get(exports[name]) ?? 0) + 1
    if (count > NAMES_MOST) throw refusal(`the function ${name} has more than ${NAMES_MOST} names`)
    counts.set(exports[name], count)
  }
}

/** @param {string} what */
function refusal(what) {
  return new Error(`WXWebAssembly.instantiate:fail ${what}`)
}
