// @ts-check
/** Whether this place is a mini-program of WeChat. What is done with its `wx`, the host knows. */

/** What the `wx` of a mini-program has, and that of the JS-SDK, for web pages, has not. */
const VERBS = ['getStorageSync', 'setStorageSync', 'removeStorageSync', 'onNetworkStatusChange']

/**
 * The global `wx` of a mini-program; undefined elsewhere. Web pages inside WeChat have another `wx`, of its
 * JS-SDK, which keeps nothing; and a page may have given its own one storage verbs.
 * @returns {Record<string, any> | undefined}
 */
export function nativeWx() {
  /* global wx -- of mini-programs, and another one of web pages inside WeChat */
  // @ts-ignore -- a global of mini-programs, which has types in their projects only
  const found = typeof wx === 'object' && wx !== null ? wx : undefined
  if (found === undefined || isPage()) return undefined
  return VERBS.every(name => typeof found[name] === 'function') ? found : undefined
}

/** Frameworks bring a `document` of their own to mini-programs, but only an engine's is tagged so. */
function isPage() {
  /* global document -- of pages */
  return typeof document === 'object' && document !== null
    && Object.prototype.toString.call(document) === '[object HTMLDocument]'
}
