// @ts-check
/**
 * Timers that keep no process alive: in Node a timer is an object that can be told so.
 */

/**
 * @param {number} ms
 * @param {() => void} act
 * @returns {() => void} Ends it.
 */
export function after(ms, act) {
  const timer = setTimeout(act, ms)
  release(timer)
  return () => clearTimeout(timer)
}

/**
 * @param {number} ms
 * @param {() => void} act
 * @returns {() => void} Ends it.
 */
export function every(ms, act) {
  const timer = setInterval(act, ms)
  release(timer)
  return () => clearInterval(timer)
}

/** @param {any} timer */
function release(timer) {
  if (typeof timer === 'object' && typeof timer.unref === 'function') timer.unref()
}
