// @ts-check
/**
 * What the engine of an old phone would see of a WebAssembly module: whether it is of the first version
 * plus mutable globals, and what stands at its boundary.
 */

import binaryen from 'binaryen'
import loadWabt from 'wabt'

/** Everything that came after the first version of WebAssembly but mutable globals (iOS 14.0 has no more). */
const FIRST_VERSION = {
  mutable_globals: true, exceptions: false, sat_float_to_int: false, sign_extension: false, simd: false,
  threads: false, function_references: false, multi_value: false, tail_call: false, bulk_memory: false,
  reference_types: false, annotations: false, code_metadata: false, gc: false, memory64: false,
  multi_memory: false, extended_const: false, relaxed_simd: false,
}

const wabt = await loadWabt()

/**
 * A module from its text; it may hold what is newer.
 * @param {string} text
 */
export function assemble(text) {
  const all = Object.fromEntries(Object.keys(FIRST_VERSION).map(name => [name, true]))
  const module = wabt.parseWat('test.wat', text, all)
  try {
    return module.toBinary({}).buffer
  } finally {
    module.destroy()
  }
}

/**
 * Says what of a module an engine of the first version does not know; undefined if nothing.
 * @param {Uint8Array} bytes
 * @returns {string | undefined}
 */
export function newerThanFirst(bytes) {
  let module
  try {
    module = wabt.readWasm(bytes, { ...FIRST_VERSION, readDebugNames: false })
    // Its types do not say that it takes them, too.
    const validator = /** @type {{ validate(features: object): void }} */ (/** @type {unknown} */ (module))
    validator.validate(FIRST_VERSION)
    return undefined
  } catch (error) {
    return String(error)
  } finally {
    module?.destroy()
  }
}

/**
 * Says what at the boundary of a module a mini-program cannot have.
 * @param {Uint8Array} bytes
 * @returns {string[]}
 */
export function boundaryFaults(bytes) {
  const module = binaryen.readBinary(bytes)
  const faults = /** @type {string[]} */ ([])
  const functions = Array.from({ length: module.getNumFunctions() }, (_, at) =>
    binaryen.getFunctionInfo(module.getFunctionByIndex(at)))
  const exported = Array.from({ length: module.getNumExports() }, (_, at) =>
    binaryen.getExportInfo(module.getExportByIndex(at)))
  const namesOf = /** @type {Map<string, string[]>} */ (new Map())
  for (const { kind, name, value } of exported) {
    if (kind === binaryen.ExternalGlobal) faults.push(`exports the global ${name}`)
    if (kind === binaryen.ExternalFunction) namesOf.set(value, [...namesOf.get(value) ?? [], name])
  }
  for (const { name, base, params, results } of functions) {
    const names = namesOf.get(name) ?? []
    if (names.length > 1) faults.push(`exports one function as ${names.join(' and ')}`)
    if (base === '' && names.length === 0) continue
    const types = [...binaryen.expandType(params), ...binaryen.expandType(results)]
    const isPlain = types.every(type => [binaryen.i32, binaryen.f32, binaryen.f64].includes(type))
    const what = base === '' ? `exports ${names[0]}` : `imports ${base}`
    if (!isPlain) faults.push(`${what} with a type of 64 bits or a reference`)
  }
  if (module.getStart() !== 0) faults.push('runs a start function')
  module.dispose()
  return faults
}
