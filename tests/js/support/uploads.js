// @ts-check
/**
 * What the tests of the upload queue share: time that only passes when it is told to, and a transport whose
 * attempts end when the test says so.
 */

import { memory } from '../../../js/hosts/memory.js'
import { open } from '../../../js/open.js'

/** @typedef {import('../../../js/upload-options.js').UploadOptions} UploadOptions */
/** @typedef {import('../../../js/uploads/transport.js').UploadJob} UploadJob */
/** @typedef {import('../../../js/uploads/transport.js').UploadConditions} UploadConditions */

export const START = 1_800_000_000_000

/** Lets everything happen that needs no time. */
export async function quiet() {
  for (let turn = 0; turn < 3; turn += 1) await new Promise(resolve => { setImmediate(resolve) })
}

/**
 * Stops the clock and the timers of a test.
 * @param {import('node:test').TestContext} t
 */
export function stoppedTime(t) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: START })
  return {
    /**
     * Lets time pass, in so many parts: a timer that is set while another one fires counts from the end of
     * the part.
     * @param {number} ms
     * @param {number} [parts]
     */
    async pass(ms, parts = 1) {
      await quiet()
      for (let part = 0; part < parts; part += 1) {
        t.mock.timers.tick(ms / parts)
        await quiet()
      }
    },
  }
}

/**
 * One attempt that the test ends.
 * @typedef {object} Attempt
 * @property {UploadJob} job
 * @property {UploadConditions} how
 * @property {boolean} isOpen
 * @property {(result?: unknown) => Promise<void>} succeed
 * @property {(error: unknown) => Promise<void>} fail
 */

/** A transport whose attempts wait for the test; an abort ends them as a good transport does. */
export function byHand() {
  /** @type {Attempt[]} */
  const attempts = []
  let most = 0
  const running = () => attempts.filter(({ isOpen }) => isOpen)
  /** @type {import('../../../js/uploads/transport.js').Transport} */
  const transport = {
    name: 'by hand',
    send: (job, how) => new Promise((resolve, reject) => {
      /** @type {Attempt} */
      const attempt = {
        job, how, isOpen: true,
        async succeed(result = { fileID: `cloud://${job.target}` }) {
          attempt.isOpen = false
          resolve(result)
          await quiet()
        },
        async fail(error) {
          attempt.isOpen = false
          reject(error)
          await quiet()
        },
      }
      how.signal.addEventListener('abort', () => {
        if (attempt.isOpen) void attempt.fail(new Error('given up'))
      })
      attempts.push(attempt)
      most = Math.max(most, running().length)
    }),
  }
  return {
    transport, attempts, running,
    /** @param {string} target */
    of: target => attempts.filter(({ job }) => job.target === target),
    targets: () => running().map(({ job }) => job.target),
    get last() { return /** @type {Attempt} */ (attempts[attempts.length - 1]) },
    get most() { return most },
  }
}

/**
 * Opens a stash with a queue.
 * @param {Partial<UploadOptions>} uploads
 * @param {any} [host]
 * @param {(error: any) => void} [onListenerError]
 */
export function openQueue(uploads, host = memory(), onListenerError = error => { throw error }) {
  const options = /** @type {UploadOptions} */ ({ random: () => 0.999_999, ...uploads })
  return open({ host, uploads: options, onListenerError })
}
