// @ts-check
/**
 * One core for a process, page or mini-program, which all its stashes use: the generated glue can hold
 * only one.
 */

/** @typedef {import('./core.js').CoreSource} CoreSource */
/** @typedef {import('./source.js').Choice} Choice */
/** @typedef {import('../session.js').Instance} Instance */

/**
 * Makes a loader of which the first success serves everyone; after a failure it may be called again.
 * @param {(source?: CoreSource, choice?: Choice) => Promise<Instance>} load
 * @returns {(source?: CoreSource, choice?: Choice) => Promise<Instance>}
 */
export function once(load) {
  /** @type {Promise<Instance> | undefined} */
  let loading
  return (source, choice) => {
    loading ??= load(source, choice).catch(error => {
      loading = undefined
      throw error
    })
    return loading
  }
}
