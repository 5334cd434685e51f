// Whoever runs an operation of the core frees it. On engines that can, the glue has the collector of garbage
// watch each of them as well, and that took the collector a quarter of the time of a small read. Called by
// scripts/build.sh: unwatch-operations.mjs GLUE.
// @ts-check
import { readFileSync, writeFileSync } from 'node:fs'

const UNWATCHED = 'const OperationFinalization = { register() {}, unregister() {} };'

const [file = ''] = process.argv.slice(2)
const glue = readFileSync(file, 'utf8')
const watched = /^const OperationFinalization = [^;]*;/m
if (!watched.test(glue)) throw new Error(`${file} watches no operations: wasm-bindgen writes another glue now`)
writeFileSync(file, glue.replace(watched, UNWATCHED))
