// @ts-check
/** A request that is not done, with the status and the words that its sender gets. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   * @param {Record<string, string>} [headers]
   */
  constructor(status, code, message, headers = {}) {
    super(message)
    this.name = 'Refusal'
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** @param {string} message */
export const invalid = message => new Refusal(400, 'INVALID', message)
