// @ts-check
/** uni-app's own build. It brings no WebAssembly along: the core goes among the static files. */

import { copyFileSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const require = createRequire(import.meta.url)
const { default: uni } = require('@dcloudio/vite-plugin-uni')

const files = fileURLToPath(new URL('src/static', import.meta.url))
mkdirSync(files, { recursive: true })
copyFileSync(path.join(path.dirname(require.resolve('ministash/miniprogram')), 'core.wasm.br'),
  path.join(files, 'core.wasm.br'))

export default defineConfig({ plugins: [uni()] })
