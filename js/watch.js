// @ts-check
/**
 * Who is told of what: the watchers of one stash, and the order in which they hear of events.
 * Invariant: an event is told after the commit it tells of, to every watcher that was there when it
 * happened, before any event that its listeners cause. Nothing a listener does can change that.
 */

import { StorageError } from './errors.js'
import { callListener, reportSafely } from './listeners.js'
import { plainPath } from './space.js'

/**
 * What happened. A `clear` tells of every key of its namespace at once, a `wiped` of every key there
 * was; the other types carry their key. Values are not part of an event: read what you need.
 * @typedef {object} WatchEvent
 * @property {'set' | 'remove' | 'expire' | 'clear' | 'wiped'} type
 * @property {string} namespace The namespace, '' for the default one, nested names joined by '/'.
 * @property {string} [key] The key that was set or removed, by expiry too.
 * @property {StorageError} [error] With `wiped`: the error WIPED, which says what to do.
 * @property {true} [isElsewhere] Somebody else changed it: another tab, for instance.
 */

/**
 * Hears events; what it throws, or rejects with, is reported and harms nothing.
 * @typedef {(event: Readonly<WatchEvent>) => void | Promise<void>} Listener
 */

/** @typedef {(error: unknown, event: Readonly<WatchEvent> | undefined) => void} ListenerErrorReport */
/** @typedef {{ path: string, key?: string, prefix?: string, listener: Listener, since: number }} Watcher */
/** @typedef {{ path: string, event: Readonly<WatchEvent>, number: number }} Told */
/** @typedef {import('./hosts/host.js').News} News */

/** The most events that listeners may cause while events are told: beyond it they chase each other. */
export const CAUSED_EVENTS_MAX = 10_000

/** What others may tell; a wipe is told by the session. */
const HEARD = ['set', 'remove', 'expire', 'clear']

/** The watchers of one stash. */
export class Watchers {
  /**
   * @param {ListenerErrorReport} report Called with what listeners throw; its own errors are ignored.
   * @param {(news: News[]) => void} [tellOthers] Tells those who share the store what happened here.
   */
  constructor(report, tellOthers) {
    /** @private */
    this.report = report
    /** @private */
    this.tellOthers = tellOthers
    /** @private @type {Set<Watcher>} */
    this.watchers = new Set()
    /** @private @type {Told[]} */
    this.queue = []
    /** @private */
    this.eventCount = 0
    /** @private */
    this.causedCount = 0
    /** @private */
    this.isTelling = false
    /** @private @type {Readonly<WatchEvent> | undefined} */
    this.untoldWipe = undefined
    /** @private @type {News[]} */
    this.news = []
  }

  /**
   * Registers a listener; it hears of what happens from now on.
   * @param {string} path
   * @param {{ key?: string, prefix?: string }} what
   * @param {Listener} listener
   * @returns {() => void} Ends the watching, at once.
   */
  add(path, what, listener) {
    const watcher = { ...what, path: plainPath(path), listener, since: this.eventCount }
    this.watchers.add(watcher)
    if (this.untoldWipe) void Promise.resolve().then(() => this.tellWipe())
    return () => { this.watchers.delete(watcher) }
  }

  /**
   * Notes an event of a commit that has just succeeded; `tell` tells it.
   * @param {WatchEvent['type']} type
   * @param {string} path
   * @param {string} [key]
   */
  note(type, path, key) {
    if (this.tellOthers) this.news.push({ type, path, key })
    if (this.watchers.size === 0) return
    const namespace = namespaceOf(path)
    const event = key === undefined ? { type, namespace } : { type, namespace, key }
    this.push(plainPath(path), Object.freeze(event))
  }

  /**
   * Notes what others have changed; what cannot be read is of another version and says nothing.
   * @param {News[]} news
   */
  hear(news) {
    if (this.watchers.size === 0) return
    for (const { type, hostKey, ...place } of news) {
      const { path, key } = hostKey === undefined ? place : placeOf(hostKey)
      if (!HEARD.includes(type) || typeof path !== 'string') continue
      const event = { type, namespace: namespaceOf(path), isElsewhere: /** @type {const} */ (true) }
      if (type === 'clear') this.push(path, Object.freeze(event))
      else if (typeof key === 'string' && key !== '') this.push(path, Object.freeze({ ...event, key }))
    }
  }

  /**
   * Notes that the host lost everything: every watcher hears of it, and while there is none it is kept
   * for those that are registered in the turn of the event loop in which the first one is.
   * @param {StorageError} error
   */
  noteWipe(error) {
    const event = Object.freeze({ type: /** @type {const} */ ('wiped'), namespace: '', error })
    if (this.watchers.size === 0) this.untoldWipe = event
    else this.push('', event)
  }

  /** Tells what was noted, unless that is under way already: then it follows in its order. */
  tell() {
    if (this.tellOthers && this.news.length > 0) this.tellOthers(this.news.splice(0))
    if (this.isTelling || this.queue.length === 0) return
    this.isTelling = true
    for (let told = this.queue.shift(); told; told = this.queue.shift()) {
      for (const watcher of [...this.watchers]) {
        // A listener called before this one may have ended its watching.
        if (this.watchers.has(watcher) && concerns(watcher, told)) this.call(watcher, told.event)
      }
    }
    this.isTelling = false
    this.causedCount = 0
  }

  /** Forgets every watcher: the stash is closed. */
  end() {
    this.watchers.clear()
    this.untoldWipe = undefined
  }

  /** @private */
  tellWipe() {
    if (!this.untoldWipe || this.watchers.size === 0) return
    this.push('', this.untoldWipe)
    this.untoldWipe = undefined
    this.tell()
  }

  /**
   * @private
   * @param {string} path
   * @param {Readonly<WatchEvent>} event
   */
  push(path, event) {
    if (this.isTelling) this.causedCount += 1
    if (this.causedCount > CAUSED_EVENTS_MAX) {
      if (this.causedCount === CAUSED_EVENTS_MAX + 1) this.reportEndless(event)
      return
    }
    this.eventCount += 1
    this.queue.push({ path, event, number: this.eventCount })
  }

  /** @private @param {Readonly<WatchEvent>} event */
  reportEndless(event) {
    const what = `listeners caused more than ${CAUSED_EVENTS_MAX} events while being told of one`
    const error = new StorageError('BUSY',
      `${what}: a listener must not change what it watches without end`)
    reportSafely(error, () => this.report(error, event))
  }

  /**
   * @private
   * @param {Watcher} watcher
   * @param {Readonly<WatchEvent>} event
   */
  call({ listener }, event) {
    callListener(() => listener(event), error => this.report(error, event))
  }
}

/**
 * @param {Watcher} watcher
 * @param {Told} told
 */
function concerns(watcher, { path, event, number }) {
  if (event.type === 'wiped') return true
  if (path !== watcher.path || number <= watcher.since) return false
  if (event.key === undefined) return true
  if (watcher.key !== undefined) return event.key === watcher.key
  return event.key.startsWith(watcher.prefix ?? '')
}

/**
 * Where the value lies that a host keeps under a key; nowhere if that record is no value. How host keys
 * are made is drawn in format.md.
 * @param {string} hostKey
 * @returns {{ path?: string, key?: string }}
 */
function placeOf(hostKey) {
  if (!hostKey.startsWith('~ms~')) return { path: '', key: hostKey }
  const [, segments = '', key] = /^~ms~n\/([^~]*)~([^]*)$/.exec(hostKey) ?? []
  if (key === undefined) return {}
  const plain = (/** @type {string} */ segment) =>
    segment.replace(/%2f/g, '/').replace(/%7e/g, '~').replace(/%25/g, '%')
  return { path: segments.split('/').map(plain).join('\u0000'), key }
}

/**
 * Writes the path of a namespace as people read it.
 * @param {string} path
 */
export function namespaceOf(path) {
  return plainPath(path).split('\u0000').join('/')
}
