// @ts-check
/**
 * What WeChat tells of the life of a mini-program, in the words of the port. Which of it is told where, by
 * base library and in plugins, is seen by what `wx` has.
 */

/** @import { LifeEvent } from './host.js' */
/** @import { Mini } from './mini-facts.js' */

/** The names behind `on` and `off` in `wx`. */
const TELLERS = /** @type {Readonly<Record<LifeEvent, readonly string[]>>} */ ({
  hide: ['AppHide'],
  show: ['AppShow'],
  memory: ['MemoryWarning'],
  network: ['NetworkStatusChange', 'NetworkWeakChange']
})

/**
 * Makes the host's `listen`.
 * @param {Mini} mini
 * @returns {(event: LifeEvent, listener: (detail?: any) => void) => (() => void) | undefined}
 */
export function listenTo(mini) {
  return (event, listener) => {
    const names = TELLERS[event].filter(name => typeof mini[`on${name}`] === 'function')
    if (names.length === 0) return undefined
    let hasEnded = false
    let hasHeard = false
    const ends = names.map(name => {
      // Some older clients have no `off`: then the end is that nothing is passed on.
      const hear = (/** @type {any} */ told) => {
        hasHeard = true
        if (!hasEnded) listener(event === 'network' ? networkOf(told) : told)
      }
      mini[`on${name}`](hear)
      return () => { if (typeof mini[`off${name}`] === 'function') mini[`off${name}`](hear) }
    })
    if (event === 'network' && typeof mini.getNetworkType === 'function') {
      // Changes alone would not say what it is at first; what was heard meanwhile is newer.
      mini.getNetworkType({
        success: (/** @type {any} */ told) => { if (!hasEnded && !hasHeard) listener(networkOf(told)) },
        fail() {}
      })
    }
    return () => {
      if (hasEnded) return
      hasEnded = true
      for (const end of ends) end()
    }
  }
}

/**
 * Both calls tell the type; whether there is a connection and whether it is weak, only one each.
 * @param {{ isConnected?: boolean, networkType: string, weakNet?: boolean }} told
 */
function networkOf({ isConnected, networkType, weakNet = false }) {
  const hasNetwork = isConnected === undefined ? networkType !== 'none' : isConnected
  return { isConnected: hasNetwork, type: networkType, isWeak: weakNet }
}
