// @ts-check
/**
 * `my.request` as Alipay has it, over real HTTP: `headers`, `status`, and an answer outside of 200 to 299 is
 * a failure with error 19, as one of JSON that cannot be read is one with 14.
 */

const TIMEOUT_MS = 30_000

/**
 * @param {any} options
 * @returns {{ abort: () => void }}
 */
export function alipayRequest(options) {
  const { url, method = 'GET', headers = {}, data: sent, dataType = 'json', timeout = TIMEOUT_MS } = options
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), timeout)
  const body = method === 'GET' || sent === undefined ? undefined
    : typeof sent === 'object' ? JSON.stringify(sent) : sent
  /** @type {(name: 'success' | 'fail', result: any) => void} */
  const settle = (name, result) => {
    clearTimeout(timer)
    setTimeout(() => {
      options[name]?.(result)
      options.complete?.(result)
    }, 0)
  }
  fetch(url, { method, headers, body, signal: controller.signal }).then(async response => {
    const fields = Object.fromEntries(response.headers)
    const answer = { status: response.status, statusCode: response.status, headers: fields, header: fields }
    const isBytes = dataType === 'arraybuffer'
    const text = isBytes ? '' : await response.text()
    const data = isBytes ? await response.arrayBuffer() : text
    const refusal = { ...answer, data, error: 19, errorMessage: 'http status error' }
    if (!response.ok) settle('fail', refusal)
    else if (dataType !== 'json') settle('success', { ...answer, data })
    else {
      try {
        settle('success', { ...answer, data: JSON.parse(text) })
      } catch {
        settle('fail', { error: 14, errorMessage: 'parse error' })
      }
    }
  }).catch(() => settle('fail', controller.signal.aborted
    ? { error: 9, errorMessage: 'abort' } : { error: 12, errorMessage: 'network error' }))
  return { abort: () => controller.abort() }
}
