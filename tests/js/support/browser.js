// @ts-check
/** A real browser, a server of pages on 127.0.0.1, and what it serves: the package and bundles of it. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'

/** @import { BuildOptions } from 'esbuild' */
/** @import { Browser, Page } from 'playwright-core' */

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../..')
const TYPES = /** @type {Record<string, string>} */ ({
  '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm', '.json': 'application/json',
})
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const ARGS = JSON.parse(readFileSync(path.join(root, 'webdriver.json'), 'utf8'))['goog:chromeOptions'].args
  .map((/** @type {string} */ arg) => `--${arg}`)

/** A page that shows the package to the test as `window.ministash`. */
const PAGE = '<!doctype html><title>test</title><script type="module" src="/page.js"></script>'
const SCRIPT = `
  import * as ministash from '/pkg/js/index.js'
  window.ministash = ministash`

/**
 * What is served besides the package: bodies by their path, and headers by the path of a page.
 * @typedef {object} Site
 * @property {string} url
 * @property {Map<string, string | Uint8Array>} files
 * @property {Map<string, Record<string, string>>} headers
 * @property {() => Promise<void>} close
 */

/** Serves the package under /pkg/. @returns {Promise<Site>} */
export async function serve() {
  assert.ok(existsSync(path.join(root, 'pkg/js/index.js')), 'the package is not built: run scripts/build.sh')
  const files = new Map(/** @type {[string, string | Uint8Array][]} */ ([['/page.js', SCRIPT]]))
  const headers = new Map(/** @type {[string, Record<string, string>][]} */ ([]))
  const server = createServer((request, response) => {
    const place = new URL(request.url ?? '/', 'http://127.0.0.1').pathname
    const extra = headers.get(place)
    const file = path.join(root, place)
    const isPackage = place.startsWith('/pkg/') && existsSync(file)
    const other = path.extname(place) === '' ? PAGE : undefined
    const body = files.get(place) ?? (isPackage ? readFileSync(file) : other)
    const type = TYPES[path.extname(place) || '.html'] ?? 'text/plain'
    response.writeHead(body === undefined ? 404 : 200,
      { 'content-type': type, 'cache-control': 'no-store', ...extra })
    response.end(body)
  })
  await new Promise(resolve => { server.listen(0, '127.0.0.1', () => resolve(undefined)) })
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    url: `http://127.0.0.1:${port}`,
    files,
    headers,
    close: () => new Promise(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}

/** Starts a browser that keeps nothing. @returns {Promise<Browser>} */
export function launch() {
  assert.ok(existsSync(CHROMIUM), `${CHROMIUM} is missing: run scripts/setup.sh --tests, or set CHROMIUM`)
  return chromium.launch({ executablePath: CHROMIUM, args: ARGS })
}

/**
 * Opens a page and waits for the package.
 * @param {{ newPage(): Promise<Page> }} browser
 * @param {string} url
 */
export async function openPage(browser, url) {
  const page = await browser.newPage()
  await page.goto(url)
  await page.waitForFunction('window.ministash')
  return page
}

/** Bundles for the browser. @param {BuildOptions} options @returns {Promise<string>} */
export async function bundle(options) {
  const browserOptions = /** @type {BuildOptions} */ ({ bundle: true, format: 'esm', platform: 'browser' })
  const { outputFiles } = await build(
    { ...browserOptions, write: false, logLevel: 'error', absWorkingDir: root, ...options })
  return outputFiles?.[0]?.text ?? ''
}

/** The suites of support/browser-suites.js as one file. */
export function bundleSuites() {
  const shims = path.join(root, 'tests/js/support/browser-shims.js')
  return bundle({
    entryPoints: ['tests/js/support/browser-suites.js'],
    alias: { 'node:test': shims, 'node:assert/strict': shims, 'node:util': shims },
  })
}

/**
 * A browser with a profile of its own, which can be killed and started again.
 * @param {{ after(act: () => unknown): void }} context
 */
export function mortal(context) {
  const profile = mkdtempSync(path.join(tmpdir(), 'ministash-'))
  /** @type {(() => Promise<void>) | undefined} */
  let kill
  context.after(async () => {
    await kill?.()
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  })
  return {
    /** Starts the browser. */
    async start() {
      const args = [...ARGS, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank']
      // A group of its own, so that all the processes of the browser can be killed in one moment.
      const child = spawn(CHROMIUM, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] })
      const exited = new Promise(resolve => { child.once('exit', resolve) })
      kill = async () => {
        kill = undefined
        process.kill(-Number(child.pid), 'SIGKILL')
        await exited
      }
      const address = await addressIn(child)
      return await chromium.connectOverCDP(address)
    },
    /** Kills all its processes at once. */
    kill: async () => kill?.(),
  }
}

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<string>} */
function addressIn(child) {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr?.on('data', chunk => {
      said += chunk
      const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1]
      if (address !== undefined) resolve(address)
    })
    child.once('exit', () => reject(new Error(`the browser has ended: ${said}`)))
  })
}
