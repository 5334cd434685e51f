// Fits the generated glue of the core to the shell. Called by scripts/build.sh: tune-glue.mjs GLUE.
//
// Whoever runs an operation of the core frees it. On engines that can, the glue has the collector of garbage
// watch each of them as well, and that took the collector a quarter of the time of a small read.
//
// Text goes into the core character by character up to the first that is not ASCII. That is the fastest way
// for a key; for a long text the encoder of the engine is twenty times as fast.
//
// The glue keeps views of the memory of the core, and makes new ones when WebAssembly has taken the old
// buffer away. A buffer of the core in plain JavaScript is never taken away: there `__wbg_set_wasm` is called
// again when the memory has moved, and with this the glue forgets its views then.
// @ts-check
import { readFileSync, writeFileSync } from 'node:fs'

const [file = ''] = process.argv.slice(2)
let glue = readFileSync(file, 'utf8')

/**
 * @param {RegExp} generated
 * @param {(found: string) => string} better
 */
function replace(generated, better) {
  if (!generated.test(glue)) throw new Error(`${file} has no ${generated}: wasm-bindgen writes another glue now`)
  glue = glue.replace(generated, better)
}

replace(/^const OperationFinalization = [^;]*;\n/m, () => '')
for (const call of ['register', 'unregister']) {
  replace(new RegExp(`^ *OperationFinalization\\.${call}\\(.*\\n`, 'm'), () => '')
}
// Nobody disposes of what the shell frees.
replace(/^if \(Symbol\.dispose\) .*\n/gm, () => '')

replace(/^function passStringToWasm0[^]*?^}/m, () => `function passStringToWasm0(arg, malloc, realloc) {
    let len = arg.length;
    let ptr = malloc(len, 1) >>> 0;
    const mem = getUint8ArrayMemory0();
    let read = 0;
    let written = 0;
    if (len > 256) {
        ({ read, written } = cachedTextEncoder.encodeInto(arg, mem.subarray(ptr, ptr + len)));
    } else {
        for (; read < len; read++) {
            const code = arg.charCodeAt(read);
            if (code > 0x7F) break;
            mem[ptr + read] = code;
        }
        written = read;
    }
    if (read !== len) {
        arg = arg.slice(read);
        ptr = realloc(ptr, len, len = written + arg.length * 3, 1) >>> 0;
        const view = getUint8ArrayMemory0().subarray(ptr + written, ptr + len);
        written += cachedTextEncoder.encodeInto(arg, view).written;
        ptr = realloc(ptr, len, written, 1) >>> 0;
    }
    WASM_VECTOR_LEN = written;
    return ptr;
}`)

const views = [...glue.matchAll(/^let (cached\w+Memory0) = null;/gm)].map(([, name]) => name)
if (views.length === 0) throw new Error(`${file} keeps no views as it did: wasm-bindgen writes another glue now`)
replace(/^export function __wbg_set_wasm\(val\) \{\n {4}wasm = val;\n\}/m, () =>
  `export function __wbg_set_wasm(val) {\n    wasm = val;\n    ${views.join(' = ')} = null;\n}`)
writeFileSync(file, glue)
