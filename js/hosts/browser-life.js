// @ts-check
/**
 * What browsers tell of the life of a page, in the words of the port. Workers hear of the network only.
 */

/** @import { LifeEvent } from './host.js' */

/** What is assumed of a network of which nothing was told. */
const ORDINARY = 'true unknown'

/** @typedef {[source: EventTarget, event: string, hear: (event: any) => void]} Way */

/**
 * Hears of the life of the page. A page that goes is hidden first, so `hide` may be told twice; it is the
 * last moment in which something can be begun, and what is immediate is done.
 * @param {LifeEvent} event
 * @param {(detail?: any) => void} listener
 * @returns {(() => void) | undefined} The end of it; undefined where this is not told.
 */
export function listenToPage(event, listener) {
  /* global self -- of pages and workers */
  if (typeof self !== 'object' || typeof self.addEventListener !== 'function') return undefined
  const ways = event === 'network' ? networkWays(listener) : pageWays(event, listener)
  for (const [source, name, hear] of ways) source.addEventListener(name, hear)
  if (ways.length === 0) return undefined
  let hasEnded = false
  // Changes alone would not say what the network is at first, if it is anything but ordinary.
  void Promise.resolve().then(() => {
    const isTold = event === 'network' && !hasEnded && wordsOf(networkNow()) !== ORDINARY
    if (isTold) listener(networkNow())
  })
  return () => {
    hasEnded = true
    for (const [source, name, hear] of ways) source.removeEventListener(name, hear)
  }
}

/**
 * @param {LifeEvent} event
 * @param {() => void} listener
 * @returns {Way[]}
 */
function pageWays(event, listener) {
  /* global document -- of pages */
  const state = { hide: 'hidden', show: 'visible', memory: '', network: '' }[event]
  if (typeof document !== 'object' || state === '') return []
  const turned = () => { if (document.visibilityState === state) listener() }
  // A hidden page that is closed tells by `pagehide` alone; one that comes back from history, by `pageshow`.
  const moved = event === 'hide' ? () => listener()
    : (/** @type {PageTransitionEvent} */ { persisted }) => { if (persisted) listener() }
  return [[document, 'visibilitychange', turned], [self, event === 'hide' ? 'pagehide' : 'pageshow', moved]]
}

/**
 * @param {(detail: { isConnected: boolean, type: string }) => void} listener
 * @returns {Way[]}
 */
function networkWays(listener) {
  let last = wordsOf(networkNow())
  const changed = () => {
    const now = networkNow()
    // One change may be told by two events.
    if (wordsOf(now) === last) return
    last = wordsOf(now)
    listener(now)
  }
  const connection = connectionHere()
  /** @type {Way[]} */
  const ways = [[self, 'online', changed], [self, 'offline', changed]]
  return connection ? [...ways, [connection, 'change', changed]] : ways
}

/** @param {{ isConnected: boolean, type: string }} network */
const wordsOf = ({ isConnected, type }) => `${isConnected} ${type}`

/** @returns {(EventTarget & { type?: string, effectiveType?: string }) | undefined} Chromium alone has it. */
function connectionHere() {
  /* global navigator -- of browsers */
  const { connection } = /** @type {any} */ (navigator)
  return typeof Object(connection).addEventListener === 'function' ? connection : undefined
}

/** The network as WeChat calls it; a wired one costs nothing either, so it goes by 'wifi'. */
function networkNow() {
  if (!navigator.onLine) return { isConnected: false, type: 'none' }
  const { type = '', effectiveType = '' } = connectionHere() ?? {}
  const isFree = type === 'wifi' || type === 'ethernet'
  const mobile = effectiveType === 'slow-2g' ? '2g' : effectiveType
  return { isConnected: true, type: isFree ? 'wifi' : type === 'cellular' && mobile ? mobile : 'unknown' }
}
