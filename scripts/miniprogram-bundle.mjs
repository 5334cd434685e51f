// How the script of a mini-program is bundled, for scripts/pack.mjs, which writes it, and for
// scripts/shell-weight.mjs, which weighs it.
// @ts-check
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const source = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'js')

/** What a mini-program has another one of: so the bundle holds no host or loader of other places. */
const REPLACED = /** @type {Record<string, string>} */ ({
  'detect.js': 'detect-miniprogram.js',
  'load/load.js': 'load/miniprogram.js',
  'load/load-storage.js': 'load/miniprogram-storage.js',
})

/** @type {import('esbuild').Plugin} */
const replacing = {
  name: 'what a mini-program has instead',
  setup(builder) {
    builder.onResolve({ filter: /^\.\.?\// }, ({ path: wanted, resolveDir }) => {
      const other = REPLACED[path.relative(source, path.join(resolveDir, wanted)).replaceAll(path.sep, '/')]
      return other === undefined ? undefined : { path: path.join(source, other) }
    })
  },
}

/**
 * One CommonJS file that phones of iOS 14 and the parsers of WeChat's tools understand; UTF-8 comes along,
 * because phones have no TextDecoder.
 * @type {import('esbuild').BuildOptions}
 */
export const MINIPROGRAM_BUNDLE = {
  format: 'cjs',
  target: 'es2017',
  // There are none, and esbuild would wrap every `yield*` for the sake of those.
  supported: { 'async-generator': true },
  minify: true,
  inject: [path.join(source, 'shims', 'utf8.js')],
  plugins: [replacing],
}
