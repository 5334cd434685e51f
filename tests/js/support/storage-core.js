// @ts-check
/**
 * Hooks by which suites that open a store by js/open.js open it by js/open-storage.js: so they run on the
 * core with storage alone. A test registers them, then imports the suites.
 */

/**
 * @param {string} specifier
 * @param {object} context
 * @param {(specifier: string, context: object) => Promise<{ url: string }>} next
 */
export async function resolve(specifier, context, next) {
  const resolved = await next(specifier, context)
  return { ...resolved, url: resolved.url.replace(/\/js\/open\.js$/, '/js/open-storage.js') }
}
