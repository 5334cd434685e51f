// @ts-check
/**
 * How tabs hear of each other's changes: by messages that each one sends, or by the events in which a
 * browser tells of localStorage. What was changed is told, never a value.
 */

/** @import { News, Others } from './host.js' */

/**
 * The channel of all who have the same store open, where the browser has channels (Safari from 15.4 on).
 * @param {string} name
 */
export function channelOf(name) {
  /* global BroadcastChannel -- of browsers */
  if (typeof BroadcastChannel !== 'function') return undefined
  const listeners = /** @type {Set<(news: News[]) => void>} */ (new Set())
  let channel = /** @type {BroadcastChannel | undefined} */ (undefined)
  /** @type {Others} */
  const others = {
    tell: news => channel?.postMessage(news),
    hear(listener) {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    }
  }
  return {
    others,
    open() {
      channel = new BroadcastChannel(name)
      channel.onmessage = ({ data }) => { for (const listener of listeners) listener(data) }
      // In Node, where tests run, a channel would keep the process alive.
      Object(channel).unref?.()
    },
    close() {
      channel?.close()
      channel = undefined
    }
  }
}

/**
 * The events of localStorage, which a browser sends to all pages but the one that made the change.
 * @param {string} prefix
 * @returns {Others}
 */
export function storageEventsOf(prefix) {
  return {
    // The browser tells them by itself.
    tell() {},
    hear(listener) {
      /* global self, localStorage -- of pages */
      if (typeof self !== 'object' || typeof self.addEventListener !== 'function') return () => {}
      const heard = (/** @type {StorageEvent} */ { storageArea, key, newValue }) => {
        if (storageArea !== localStorage) return
        if (key === null) listener([{ type: 'wiped' }])
        else if (key.startsWith(prefix)) {
          listener([{ type: newValue === null ? 'remove' : 'set', hostKey: key.slice(prefix.length) }])
        }
      }
      self.addEventListener('storage', heard)
      return () => self.removeEventListener('storage', heard)
    }
  }
}
