// @ts-check
/**
 * What a host sends over its network, and what comes back. How a host's own calls are named is the business
 * of its file; nothing here knows of caches.
 */

/**
 * A request.
 * @typedef {object} HttpRequest
 * @property {string} method In capitals.
 * @property {string} url Absolute.
 * @property {string} headers A line `name:value` for each field.
 * @property {'text' | 'bytes'} kind How the body of the answer is wanted.
 * @property {any} [body] As the host takes it.
 * @property {number} [timeout] In milliseconds.
 * @property {any} [native] The caller's own options for the host, which go along.
 */

/**
 * An answer, whatever its status.
 * @typedef {object} HttpAnswer
 * @property {number} status
 * @property {string} statusText
 * @property {string} headers A line `name:value` for each field.
 * @property {boolean} [isRedirected] Whether it belongs to another URL than the one asked.
 * @property {string[]} [cookies] What the host tells of cookies.
 * @property {() => Promise<string | Uint8Array>} read Reads the body, once.
 * @property {any} [response] The host's own answer, whose body nobody has read.
 */

/**
 * Sends a request. The answer rejects with a StorageError: NETWORK_FAILED, TIMEOUT or ABORTED.
 * @typedef {(request: HttpRequest) => { answer: Promise<HttpAnswer>, abort: () => void }} HttpSend
 */

/**
 * A file on its way as a field of a form (RFC 7578).
 * @typedef {object} HttpForm
 * @property {string} url Absolute.
 * @property {string} headers A line `name:value` for each field.
 * @property {import('../uploads/transport.js').UploadSource} file
 * @property {string} name The name of its field.
 * @property {string} fileName What it is called there.
 * @property {Record<string, string>} fields What goes along, before the file.
 * @property {number} [timeout] In milliseconds.
 * @property {(sentBytes: number, totalBytes: number) => void} onProgress
 */

/**
 * Sends a file as a form by POST; the answer rejects as that of a request does.
 * @typedef {(form: HttpForm) => { answer: Promise<HttpAnswer>, abort: () => void }} HttpSendForm
 */

/**
 * The network of a host.
 * @typedef {object} HttpNetwork
 * @property {'wx' | 'my'} words Whose names its own requests have.
 * @property {HttpSend} send
 * @property {HttpSendForm} [sendForm]
 * @property {boolean} [lacksPatch] True where a request cannot have the method PATCH.
 * @property {number} [limit] The most requests at once, where there is such a limit.
 * @property {(served: import('../http-engine.js').Served, url: string) => any} [respond] Makes a Response,
 *   where there is such a thing.
 */
export {}
