// @ts-check
/**
 * URLs as a cache needs them (RFC 3986): one spelling for one resource, and references resolved.
 * Mini-programs have no `URL`.
 */

const PARTS = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(\?[^#]*)?/i
const DEFAULT_PORTS = /** @type {Record<string, string>} */ ({ http: ':80', https: ':443' })

/**
 * The spelling under which a URL is kept: scheme and authority in lower case, no default port, no fragment, a
 * path of at least `/` (RFC 9110 section 4.2.3). What is no absolute URL is kept as it is, without fragment.
 * @param {string} url
 * @returns {string}
 */
export function normaliseUrl(url) {
  const parts = PARTS.exec(url)
  if (!parts) return url.split('#', 1)[0] ?? ''
  const [, scheme = '', authority = '', path = '', query = ''] = parts
  return `${spelledOrigin(scheme, authority)}${withoutDots(path) || '/'}${query}`
}

/**
 * The scheme and the authority of a URL, in one spelling.
 * @param {string} url
 */
export function originOf(url) {
  const parts = PARTS.exec(url)
  return parts ? spelledOrigin(parts[1] ?? '', parts[2] ?? '') : ''
}

/**
 * @param {string} scheme
 * @param {string} authority
 */
function spelledOrigin(scheme, authority) {
  const lower = scheme.toLowerCase()
  const host = authority.toLowerCase()
  const port = DEFAULT_PORTS[lower]
  const isDefault = port !== undefined && host.endsWith(port)
  return `${lower}://${isDefault ? host.slice(0, -port.length) : host}`
}

/**
 * Resolves a reference, as `Location` holds it, against the URL of the request (RFC 3986 section 5.2).
 * @param {string} base
 * @param {string} reference
 * @returns {string}
 */
export function resolveUrl(base, reference) {
  if (PARTS.test(reference)) return normaliseUrl(reference)
  const parts = PARTS.exec(base)
  if (!parts) return normaliseUrl(reference)
  const [, scheme = '', authority = '', path = '', query = ''] = parts
  const origin = `${scheme}://${authority}`
  if (reference.startsWith('//')) return normaliseUrl(`${scheme}:${reference}`)
  if (reference.startsWith('/')) return normaliseUrl(origin + reference)
  if (reference === '' || reference.startsWith('#')) return normaliseUrl(origin + path + query)
  if (reference.startsWith('?')) return normaliseUrl(origin + path + reference)
  return normaliseUrl(`${origin}${path.slice(0, path.lastIndexOf('/') + 1) || '/'}${reference}`)
}

/** @param {string} path */
function withoutDots(path) {
  if (!/\/\.\.?(\/|$)/.test(path)) return path
  /** @type {string[]} */
  const kept = []
  const segments = path.split('/')
  segments.forEach((segment, at) => {
    const isLast = at === segments.length - 1
    if (segment === '..') {
      if (kept.length > 1) kept.pop()
      if (isLast) kept.push('')
    } else if (segment === '.') {
      if (isLast) kept.push('')
    } else kept.push(segment)
  })
  return kept.join('/')
}
