// @ts-check
/** Whether this place is a mini-program, and of whom. What is done with its global, the host knows. */

/** @typedef {'my' | 'tt' | 'swan' | 'qq' | 'ks' | 'wx'} MiniName */

/** What the global of a mini-program has, and the `wx` of the JS-SDK, for web pages, has not. */
const VERBS = ['getStorageSync', 'setStorageSync', 'removeStorageSync', 'onNetworkStatusChange']

/**
 * The global of the mini-program that this is, as it is called there; undefined elsewhere. Web pages inside
 * WeChat have another `wx`, of its JS-SDK, which keeps nothing; and a page may have given its own one
 * storage verbs. QQ and Kuaishou call theirs `wx` as well, so `wx` is asked for last.
 * @returns {{ name: MiniName, mini: Record<string, any> } | undefined}
 */
export function nativeMini() {
  /* global my, tt, swan, qq, ks, wx -- of mini-programs, and of web pages inside their apps */
  if (isPage()) return undefined
  /** @type {[MiniName, () => any][]} */
  const globals = [
    // @ts-ignore -- globals of mini-programs, which have types in their projects only
    ['my', () => typeof my === 'object' && my],
    // @ts-ignore
    ['tt', () => typeof tt === 'object' && tt],
    // @ts-ignore
    ['swan', () => typeof swan === 'object' && swan],
    // @ts-ignore
    ['qq', () => typeof qq === 'object' && qq],
    // @ts-ignore
    ['ks', () => typeof ks === 'object' && ks],
    // @ts-ignore
    ['wx', () => typeof wx === 'object' && wx]
  ]
  for (const [name, find] of globals) {
    const mini = find()
    if (mini && VERBS.every(verb => typeof mini[verb] === 'function')) return { name, mini }
  }
  return undefined
}

/** Frameworks bring a `document` of their own to mini-programs, but only an engine's is tagged so. */
function isPage() {
  /* global document -- of pages */
  return typeof document === 'object' && document !== null
    && Object.prototype.toString.call(document) === '[object HTMLDocument]'
}
