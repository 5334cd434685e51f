// @ts-check
/** The transport by forms: one POST with the file as a field, as every web server takes it. */

import { StorageError } from '../errors.js'
import { checkNames, expect } from '../checks.js'
import { headerObject, headerText } from '../http-headers.js'
import { statusError } from '../http-later.js'
import { checkTarget } from './target.js'
import { during, networkOf } from './task.js'

/** @import { Transport, UploadJob } from './transport.js' */

/** @typedef {Record<string, string>} Texts */

/**
 * What goes along with each file, or what makes it of the job: a token that may be another one later.
 * @typedef {Texts | ((job: UploadJob) => Texts | Promise<Texts>)} PerJob
 */

/**
 * @typedef {object} FormOptions
 * @property {string} url Where to.
 * @property {string} [name] The name of the field that the file is. Default 'file'.
 * @property {PerJob} [header] Header fields. `Idempotency-Key` comes by itself: a server may drop by it what
 *   it has already; a header field of that name in its place, '' for none.
 * @property {PerJob} [formData] Fields beside the file, before it. If not given: `key`, which is the place
 *   that the file is to have, and the metadata.
 * @property {number} [limit] The most at once.
 */

/**
 * What a form is answered with, in the shape of `wx.uploadFile`.
 * @typedef {{ statusCode: number, data: string, header: Record<string, string> }} FormAnswer
 */

const KEY = 'Idempotency-Key'

/**
 * Sends files as forms. An answer outside of 200 to 299 is HTTP_STATUS.
 * @param {FormOptions} options
 * @returns {Transport}
 * @example const stash = await open({ uploads: { transport: form({ url: 'https://example.com/upload' }) } })
 */
export function form(options) {
  const { url, name = 'file', header = {}, formData, limit } = checked(options)
  return {
    name: 'form',
    check: checkTarget,
    ...(limit === undefined ? {} : { limit }),
    async send(job, { signal, timeoutMs, onProgress, now }) {
      const { file, target, metadata = {} } = job
      const { size } = file
      const { sendForm } = networkOf(file)
      if (!sendForm) throw new StorageError('UNSUPPORTED', 'this host sends no forms: use tus() or custom()')
      const { [KEY]: key = job.idempotencyKey, ...others } = await filled(header, job)
      const headers = key === '' ? others : { [KEY]: key, ...others }
      const fields = await filled(formData ?? { key: target, ...texts(metadata) }, job)
      // Some hosts read the file themselves, and would send another one.
      if (file.check) await file.check()
      const answer = await during(signal, () => sendForm({
        url,
        headers: headerText(headers),
        file,
        name,
        fileName: target.slice(target.lastIndexOf('/') + 1),
        fields,
        timeout: timeoutMs,
        // Some hosts count what lies around the file, too.
        onProgress: (sent, total) => onProgress(size === undefined || !(total > 0) ? sent
          : Math.floor(size * Math.min(1, sent / total)), size),
      }))
      if (answer.status < 200 || answer.status > 299) throw statusError(answer, now())
      return { statusCode: answer.status, data: await answer.read(), header: headerObject(answer.headers) }
    },
  }
}

/**
 * @param {FormOptions} options
 * @returns {FormOptions}
 */
function checked(options) {
  const given = checkNames(options, ['url', 'name', 'header', 'formData', 'limit'])
  const { url, name, header, formData, limit } = given
  expect(typeof url === 'string' && /^https?:\/\//i.test(url), 'url', 'a URL that begins with http', url)
  expect(name === undefined || (typeof name === 'string' && name !== ''), 'name', 'the name of a field', name)
  for (const [option, value] of Object.entries({ header, formData })) {
    const isPerJob = value === undefined || typeof value === 'function' || Object(value) === value
    expect(isPerJob, option, 'an object of strings, or a function that gives one,', value)
  }
  const isLimit = limit === undefined || (Number.isSafeInteger(limit) && limit > 0)
  expect(isLimit, 'limit', 'a whole number from 1', limit)
  return /** @type {FormOptions} */ (given)
}

/**
 * @param {PerJob} given
 * @param {UploadJob} job
 */
export function filled(given, job) {
  return typeof given === 'function' ? given(job) : given
}

/**
 * Metadata as the texts that a form or a header can hold.
 * @param {Record<string, unknown>} metadata
 * @returns {Record<string, string>}
 */
export function texts(metadata) {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) =>
    [name, typeof value === 'string' ? value : JSON.stringify(value)]))
}
