// @ts-check
/** How functions of the app are called that only hear: what they throw, now or later, harms nothing. */

/**
 * Calls a listener.
 * @param {() => unknown} call
 * @param {(error: unknown) => void} report Hears what it throws, or what its Promise rejects with.
 */
export function callListener(call, report) {
  try {
    const outcome = /** @type {any} */ (call())
    if (outcome && typeof outcome.then === 'function') {
      outcome.then(undefined, (/** @type {unknown} */ error) => reportSafely(error, report))
    }
  } catch (error) {
    reportSafely(error, report)
  }
}

/**
 * Reports an error; whoever reports errors by throwing must not break what is under way.
 * @param {unknown} error
 * @param {(error: unknown) => void} report
 */
export function reportSafely(error, report) {
  try {
    report(error)
  } catch {
    // There is nobody left to tell.
  }
}
