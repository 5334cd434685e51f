// @ts-check
/**
 * The real browsers, driven by one interface: Chromium by its own protocol, Firefox by WebDriver BiDi. Also a
 * server of pages on 127.0.0.1, and what it serves: the package and bundles of it.
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import puppeteer from 'puppeteer-core'

/** @import { BuildOptions } from 'esbuild' */
/** @import { Browser, BrowserContext, LaunchOptions } from 'puppeteer-core' */

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../..')
const TYPES = /** @type {Record<string, string>} */ ({
  '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm', '.json': 'application/json',
})
const SETTINGS = JSON.parse(readFileSync(path.join(root, 'webdriver.json'), 'utf8'))

/**
 * A browser that is installed on this machine.
 * @typedef {object} Kind
 * @property {'Chromium' | 'Firefox'} name
 * @property {LaunchOptions & { executablePath: string }} options
 */

/** @type {Kind} */
export const CHROMIUM = {
  name: 'Chromium',
  options: {
    browser: 'chrome',
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: SETTINGS['goog:chromeOptions'].args.map((/** @type {string} */ arg) => `--${arg}`),
  },
}

/** @type {Kind} */
export const FIREFOX = {
  name: 'Firefox',
  options: {
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    extraPrefsFirefox: SETTINGS['moz:firefoxOptions'].prefs,
  },
}

/** What holds in pages is shown in each of them. */
export const BROWSERS = [CHROMIUM, FIREFOX]

/** A page that shows the package to the test as `window.ministash`. */
const PAGE = '<!doctype html><title>test</title><script type="module" src="/pkg/js/load/page.js"></script>'
const scriptOf = (/** @type {string} */ place) =>
  `import * as ministash from '${place}'; window.ministash = ministash`

/**
 * What is served besides the package: bodies by their path, and headers by the path of a page.
 * @typedef {object} Site
 * @property {string} url
 * @property {Map<string, string | Uint8Array>} files
 * @property {Map<string, Record<string, string>>} headers
 * @property {() => Promise<void>} close
 */

/** @type {Promise<string> | undefined} */
let packageScript

/** Serves the package under /pkg/; every path without an extension is a page. @returns {Promise<Site>} */
export async function serve() {
  assert.ok(existsSync(path.join(root, 'pkg/js/index.js')), 'the package is not built: run scripts/build.sh')
  // In one file, which a page has sooner than sixty, and where a module lies that looks for the core.
  packageScript ??= bundle({ stdin: { contents: scriptOf('./pkg/js/index.js'), resolveDir: root } })
  const files = new Map(/** @type {[string, string | Uint8Array][]} */ (
    [['/pkg/js/load/page.js', await packageScript], ['/modules.js', scriptOf('/pkg/js/index.js')]]))
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

/**
 * Starts a browser that keeps nothing.
 * @param {Kind} [kind]
 * @param {LaunchOptions} [more]
 * @returns {Promise<Browser>}
 */
export function launch({ name, options } = CHROMIUM, more = {}) {
  assert.ok(existsSync(options.executablePath), `${options.executablePath} is missing: run scripts/setup.sh `
  + `--tests, or say in ${name.toUpperCase()} where it lies`)
  return puppeteer.launch({ headless: true, ...options, ...more })
}

/**
 * Opens a page. Its modules have run when it is loaded, so the package is there.
 * @param {Browser | BrowserContext} browser
 * @param {string} url
 * @param {string | (() => void)} [before] What the page runs before everything else, each time it is loaded.
 */
export async function openPage(browser, url, before) {
  const page = await browser.newPage()
  if (before !== undefined) await page.evaluateOnNewDocument(/** @type {string} */ (before))
  await page.goto(url)
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
 * @param {Kind} kind
 */
export function mortal(context, kind) {
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
      const { executablePath } = kind.options
      const args = kind === FIREFOX ? argumentsOfFirefox(profile)
        : [...kind.options.args ?? [], `--user-data-dir=${profile}`, 'about:blank']
      // A group of its own, so that all the processes of the browser can be killed in one moment.
      const child = spawn(executablePath, ['--remote-debugging-port=0', ...args],
        { detached: true, stdio: ['ignore', 'ignore', 'pipe'] })
      const exited = new Promise(resolve => { child.once('exit', resolve) })
      kill = async () => {
        kill = undefined
        process.kill(-Number(child.pid), 'SIGKILL')
        await exited
      }
      const address = await addressIn(child)
      return kind === FIREFOX
        ? puppeteer.connect({ browserWSEndpoint: `${address}/session`, protocol: 'webDriverBiDi' })
        : puppeteer.connect({ browserWSEndpoint: address })
    },
    /** Kills all its processes at once. */
    kill: async () => kill?.(),
  }
}

/** By hand: puppeteer would put the settings of a profile back while the next browser starts on it. */
function argumentsOfFirefox(/** @type {string} */ profile) {
  const lines = Object.entries(SETTINGS['moz:firefoxOptions'].prefs).map(([name, value]) =>
    `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`)
  writeFileSync(path.join(profile, 'user.js'), lines.join('\n'))
  return ['--headless', '--no-remote', '--profile', profile]
}

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<string>} */
function addressIn(child) {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr?.on('data', chunk => {
      said += chunk
      const address = /(?:DevTools|WebDriver BiDi) listening on (ws:\S+)/.exec(said)?.[1]
      if (address !== undefined) resolve(address)
    })
    child.once('exit', () => reject(new Error(`the browser has ended: ${said}`)))
  })
}
