// The packed package in webpack, Vite, rollup and esbuild, with no configuration but an entry. What they make
// for Node runs in Node, what they make for pages runs in a page of Chromium.
// @ts-check
import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import { build as esbuild } from 'esbuild'
import { rollup } from 'rollup'
import { build as vite } from 'vite'
import webpack from 'webpack'
import { launch, serve } from './support/browser.js'
import { project, runInNode } from './support/package.js'

/** Stores in memory and in what the place has, and tells what came back. */
const use = (/** @type {string} */ tell) => `
  async function use() {
    const stash = await open({ host: memory() })
    stash.storage.setSync('a', new Map([[1n, NaN]]))
    const { storage } = await open({ host: memory({ immediate: false }) })
    await storage.set('b', 'c')
    return [String([...stash.storage.getSync('a')]), await storage.get('b')]
  }
  use().catch(error => String(error)).then(seen => { ${tell} })`
const SEEN = ['1,NaN', 'c']
const INTO_PAGE = use('window.seen = seen')
const FROM_NODE = use('console.log(JSON.stringify(seen))')
/** The page's own store, which `open` finds by itself. */
const DETECTED = `import { open } from 'ministash'
  open().then(stash => { window.seen = stash.host.name }, error => { window.seen = String(error) })`
const IMPORT = `import { memory, open } from 'ministash';`
const PAGES = {
  'page.js': IMPORT + INTO_PAGE,
  'required.cjs': `const { memory, open } = require('ministash');${INTO_PAGE}`,
  'inline.js': `import { memory, open } from 'ministash/inline';${INTO_PAGE}`,
  'storage.js': `import { memory, open } from 'ministash/storage';${INTO_PAGE}`,
  'storage-inline.js': `import { memory, open } from 'ministash/storage/inline';${INTO_PAGE}`,
  'detected.js': DETECTED,
  'index.html': '<!doctype html><title>vite</title><script type="module" src="/page.js"></script>',
}
const PROGRAMS = {
  'program.js': IMPORT + FROM_NODE,
  'required.cjs': `const { memory, open } = require('ministash');${FROM_NODE}`,
  'inline.js': `import { memory, open } from 'ministash/inline';${FROM_NODE}`,
}

/**
 * Runs webpack, which must have nothing to complain about.
 * @param {string} folder
 * @param {import('webpack').Configuration} options
 */
async function runWebpack(folder, options) {
  const compiler = webpack({ context: folder, mode: 'production', ...options })
  assert.ok(compiler)
  const stats = await new Promise((resolve, reject) => {
    compiler.run((error, result) => error ? reject(error) : resolve(result))
  })
  await new Promise(resolve => { compiler.close(resolve) })
  const { errors = [], warnings = [] } = stats.toJson({ all: false, errors: true, warnings: true })
  // The size of the core is no mistake.
  const notes = [...errors, ...warnings].filter(({ message }) => !/size limit|performance/.test(message))
  assert.deepEqual(notes.map(({ message }) => message), [])
}

/** @param {string} folder @param {string} entry @param {object} [options] */
const runEsbuild = (folder, entry, options) => esbuild({
  absWorkingDir: folder, entryPoints: [entry], bundle: true, minify: true, outdir: 'esbuild', metafile: true,
  logLevel: 'silent', ...options,
})

/** @param {string} folder @param {string} input @param {object} [options] */
async function runRollup(folder, input, options) {
  const notes = /** @type {string[]} */ ([])
  const made = await rollup({
    input: path.join(folder, input),
    // Without it rollup finds no package at all.
    plugins: [nodeResolve(options)],
    onwarn: ({ message }) => notes.push(message),
  })
  const { output } = await made.write({ dir: path.join(folder, 'rollup') })
  await made.close()
  assert.deepEqual(notes, [])
  return output
}

/** What `open` does not find by itself in a page; node-steps.js tells whether this is one. */
const OTHER_HOSTS = /hosts\/(node(-(?!steps)\w+)?|browser-local)\.js$/

/** Where the core lies. @param {string} folder */
const coreOf = folder => path.join(folder, 'node_modules/ministash/js/core/core_bg.wasm')

describe('for pages', () => {
  let browser = /** @type {Awaited<ReturnType<typeof launch>>} */ (/** @type {unknown} */ (undefined))
  let site = /** @type {Awaited<ReturnType<typeof serve>>} */ (/** @type {unknown} */ (undefined))
  let folder = ''
  const ends = /** @type {(() => void)[]} */ ([])
  before(async () => {
    folder = project({ after: end => { ends.push(end) } }, PAGES);
    [browser, site] = await Promise.all([launch(), serve()])
  })
  after(async () => {
    await Promise.all([browser?.close(), site?.close()])
    ends.forEach(end => end())
  })

  /**
   * Serves a folder and opens a page on it; tells what the script of the page has seen.
   * @param {string} made The folder, which is served under its own name.
   * @param {string} script
   * @param {string} [how] How the page takes it.
   */
  async function seenIn(made, script, how = 'defer') {
    const under = `/${path.basename(made)}`
    for (const file of readdirSync(path.join(folder, made), { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue
      const full = path.join(file.parentPath, file.name)
      site.files.set(`${under}/${path.relative(path.join(folder, made), full)}`, readFileSync(full))
    }
    site.files.set(`${under}/page.html`, `<!doctype html><script ${how} src="${script}"></script>`)
    return seenAt(`${under}/page.html`)
  }

  /** @param {string} address */
  async function seenAt(address) {
    const page = await browser.newPage()
    await page.goto(site.url + address)
    await page.waitForFunction('window.seen')
    const seen = await page.evaluate('window.seen')
    await page.close()
    return seen
  }

  test('webpack, imported and required', async () => {
    const entry = { imported: './page.js', required: './required.cjs' }
    await runWebpack(folder, { entry, output: { path: path.join(folder, 'webpack') } })
    for (const name of Object.keys(entry)) assert.deepEqual(await seenIn('webpack', `${name}.js`), SEEN)
  })

  test('storage alone brings its own core and no other, nor anything of features', async () => {
    const made = path.join(folder, 'webpack-storage')
    await runWebpack(folder, { entry: './storage.js', output: { path: made } })
    const wasm = readdirSync(made).filter(name => name.endsWith('.wasm'))
    const own = readFileSync(path.join(path.dirname(coreOf(folder)), 'storage_bg.wasm'))
    assert.deepEqual(wasm.map(name => readFileSync(path.join(made, name))), [own])
    assert.deepEqual(await seenIn('webpack-storage', 'main.js'), SEEN)
    await runEsbuild(folder, 'storage-inline.js')
    assert.deepEqual(await seenIn('esbuild', 'storage-inline.js'), SEEN)
    const { metafile } = await runEsbuild(folder, 'storage.js', { format: 'esm' })
    const [{ inputs }] = Object.values(metafile.outputs)
    const held = Object.keys(inputs).filter(file => inputs[file].bytesInOutput > 0)
    const ofFeatures = /core_bg|\/(cache|http-c|secure|sync|upload)[^/]*\.js$/
    assert.deepEqual(held.filter(file => ofFeatures.test(file)), [])
    assert.ok(held.some(file => file.endsWith('storage_bg.js')))
  })

  test('Vite', async () => {
    await vite({ root: folder, configFile: false, logLevel: 'error', build: { outDir: 'vite' } })
    for (const name of readdirSync(path.join(folder, 'vite/assets'))) {
      site.files.set(`/assets/${name}`, readFileSync(path.join(folder, 'vite/assets', name)))
    }
    site.files.set('/vite.html', readFileSync(path.join(folder, 'vite/index.html')))
    assert.deepEqual(await seenAt('/vite.html'), SEEN)
  })

  test('rollup, with the core inside, and beside the bundle', async () => {
    await runRollup(folder, 'inline.js', { browser: true })
    assert.deepEqual(await seenIn('rollup', 'inline.js', 'type="module"'), SEEN)
    await runRollup(folder, 'page.js', { browser: true })
    copyFileSync(coreOf(folder), path.join(folder, 'rollup/core_bg.wasm'))
    assert.deepEqual(await seenIn('rollup', 'page.js', 'type="module"'), SEEN)
  })

  test('esbuild, with the core inside, and beside the page', async () => {
    await runEsbuild(folder, 'inline.js')
    assert.deepEqual(await seenIn('esbuild', 'inline.js'), SEEN)
    for (const entry of ['page.js', 'required.cjs', 'detected.js']) await runEsbuild(folder, entry)
    assert.match(String(await seenIn('esbuild', 'page.js')), /CORE_UNAVAILABLE|core_bg.wasm is not at/)
    copyFileSync(coreOf(folder), path.join(folder, 'esbuild/core_bg.wasm'))
    assert.deepEqual(await seenIn('esbuild', 'page.js'), SEEN)
    assert.deepEqual(await seenIn('esbuild', 'required.js'), SEEN)
    assert.equal(await seenIn('esbuild', 'detected.js'), 'browserIndexedDb')
  })

  test('open and memory bring no host of Node, and nothing that open does not need', async () => {
    const { metafile } = await runEsbuild(folder, 'page.js', { format: 'esm' })
    const [[, output]] = Object.entries(metafile.outputs)
    const held = Object.entries(output.inputs).map(([file, { bytesInOutput }]) => ({ file, bytesInOutput }))
      .filter(({ bytesInOutput }) => bytesInOutput > 0)
      .sort((a, b) => b.bytesInOutput - a.bytesInOutput)
    const files = held.map(({ file }) => file)
    const names = files.map(file => path.basename(file))
    assert.ok(names.includes('memory.js') && names.includes('open.js'), names.join())
    assert.deepEqual(files.filter(file => OTHER_HOSTS.test(file)), [])
    assert.ok(!names.includes('robust.js'))
    const chunks = await runRollup(folder, 'page.js', { browser: true })
    const modules = chunks.flatMap(chunk => chunk.type === 'chunk' ? Object.entries(chunk.modules) : [])
    const rendered = modules.filter(([, { renderedLength }]) => renderedLength > 0)
    assert.deepEqual(rendered.filter(([file]) => OTHER_HOSTS.test(file)), [])
    console.log(`open and memory for a page, minified: ${output.bytes.toLocaleString('en')} bytes of script`)
    for (const [at, { bytesInOutput }] of held.slice(0, 10).entries()) {
      console.log(`  ${String(bytesInOutput).padStart(7)} ${names[at]}`)
    }
  })
})

describe('for Node', () => {
  let folder = ''
  const ends = /** @type {(() => void)[]} */ ([])
  before(() => { folder = project({ after: end => { ends.push(end) } }, PROGRAMS) })
  after(() => ends.forEach(end => end()))

  test('webpack', async () => {
    const output = { path: path.join(folder, 'webpack'), filename: '[name].cjs' }
    await runWebpack(folder, {
      target: 'node', entry: { program: './program.js', required: './required.cjs' }, output,
    })
    for (const name of ['program', 'required']) assert.deepEqual(runInNode(folder, `webpack/${name}.cjs`), SEEN)
  })

  test('Vite, the package inside', async () => {
    await vite({
      root: folder, configFile: false, logLevel: 'error', ssr: { noExternal: true },
      build: { ssr: 'program.js', outDir: 'vite' },
    })
    assert.deepEqual(runInNode(folder, 'vite/program.js'), SEEN)
  })

  test('rollup', async () => {
    for (const name of ['program.js', 'inline.js']) {
      await runRollup(folder, name)
      assert.deepEqual(runInNode(folder, `rollup/${name}`), SEEN)
    }
  })

  test('esbuild, in both forms', async () => {
    const forms = /** @type {const} */ ([['esm', '.mjs'], ['cjs', '.cjs']])
    for (const [format, extension] of forms) {
      for (const entry of ['program.js', 'required.cjs', 'inline.js']) {
        await runEsbuild(folder, entry, { platform: 'node', format, outExtension: { '.js': extension } })
        const script = `esbuild/${path.parse(entry).name}${extension}`
        assert.deepEqual(runInNode(folder, script), SEEN, script)
      }
    }
  })
})
