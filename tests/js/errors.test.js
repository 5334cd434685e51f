// The one error class: its table is complete, and copies of the library know each other's errors.
// @ts-check
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { ERROR_CODES, REMEDIES, RETRYABLE, StorageError } from '../../js/errors.js'

/** Loads a second copy of the module, as a program gets one that uses both ESM and CommonJS. */
async function otherCopy() {
  const source = readFileSync(new URL('../../js/errors.js', import.meta.url), 'utf8')
  /** @type {typeof import('../../js/errors.js')} */
  const copy = await import(`data:text/javascript,${encodeURIComponent(source)}`)
  return copy.StorageError
}

test('every code of the core has its row, and the other way round', () => {
  const rust = readFileSync(new URL('../../src/error.rs', import.meta.url), 'utf8')
  const codes = [...rust.matchAll(/^ {4}\w+ = "([A-Z_]+)",$/gm)].map((match) => match[1])
  assert.ok(codes.length > 20)
  assert.deepEqual([...ERROR_CODES].sort(), codes.sort())
})

test('every code has a cause in the documents, a remedy, and an answer to whether trying again helps', () => {
  const causes = JSON.parse(readFileSync(new URL('../../scripts/errors.en.json', import.meta.url), 'utf8'))
  for (const code of ERROR_CODES) {
    const remedy = REMEDIES[code]
    assert.match(causes[code].cause, /^[A-Z].*\.$/, code)
    assert.match(remedy, /^[a-z`].*[^.]$/, code)
    const error = new StorageError(code, 'it failed')
    assert.deepEqual([error.code, error.remedy, error.retryable], [code, remedy, RETRYABLE.includes(code)])
  }
  assert.deepEqual(RETRYABLE.filter(code => !ERROR_CODES.includes(code)), [])
  assert.ok(RETRYABLE.includes('CONFLICT') && !RETRYABLE.includes('CORRUPT'))
})

test('an error says where it happened and keeps its cause', () => {
  const cause = new TypeError('underneath')
  const error = new StorageError('CORRUPT', 'the record is damaged', { key: 'k', namespace: '', path: '$.a',
    cause })
  assert.ok(error instanceof Error)
  assert.equal(error.name, 'StorageError')
  assert.equal(error.message, 'the record is damaged')
  assert.deepEqual([error.key, error.namespace, error.path, error.cause], ['k', '', '$.a', cause])
  assert.match(String(error.stack), /StorageError|errors\.test/)
  assert.equal(String(error), 'StorageError: the record is damaged')
})

test('what an error does not know it does not show', () => {
  const error = new StorageError('CLOSED', 'closed')
  assert.deepEqual(Object.keys(error), ['code', 'retryable', 'remedy'])
  assert.equal('key' in error || 'namespace' in error || 'path' in error || Object.hasOwn(error, 'cause'),
    false)
  assert.match(inspect(error), /code: 'CLOSED'/)
})

test('an error says what the network said, and that outweighs what its code says of trying again', () => {
  const late = new StorageError('HTTP_STATUS', 'the server answered with status 503',
    { status: 503, retryAfterMs: 2000, retryable: true })
  assert.deepEqual([late.status, late.retryAfterMs, late.retryable], [503, 2000, true])
  assert.equal(late.toJSON().status, 503)
  const hidden = new StorageError('NETWORK_FAILED', 'the app was hidden', { interrupted: true })
  assert.deepEqual([hidden.interrupted, hidden.retryable, 'status' in hidden], [true, true, false])
  const final = new StorageError('NETWORK_FAILED', 'the server is unknown', { retryable: false })
  assert.deepEqual([final.retryable, 'interrupted' in final], [false, false])
})

test('an error as JSON holds neither cause nor stack', () => {
  const error = new StorageError('HOST_FAILED', 'failed', { key: 'k', cause: new Error('secret') })
  assert.deepEqual(JSON.parse(JSON.stringify({ error })), {
    error: {
      name: 'StorageError', code: 'HOST_FAILED', message: 'failed', retryable: true,
      remedy: REMEDIES.HOST_FAILED, key: 'k',
    },
  })
})

test('an error of another copy of the library is known by instanceof and by is', async () => {
  const Other = await otherCopy()
  assert.notEqual(Other, StorageError)
  const error = new Other('BUSY', 'busy')
  assert.ok(StorageError.is(error))
  assert.ok(error instanceof StorageError)
  assert.ok(new StorageError('BUSY', 'busy') instanceof Other)
})

test('nothing else passes for a StorageError', () => {
  for (const other of [
    new Error('a'), Object.assign(new Error('a'), { name: 'StorageError', code: 'BUSY' }), null, undefined,
    'BUSY', {}, StorageError,
  ]) {
    assert.equal(StorageError.is(other), false)
    assert.equal(/** @type {any} */ (other) instanceof StorageError, false)
  }
})

test('a class derived from StorageError knows its own', () => {
  class Special extends StorageError {}
  assert.ok(new Special('BUSY', 'busy') instanceof StorageError)
  assert.ok(new Special('BUSY', 'busy') instanceof Special)
  assert.equal(new StorageError('BUSY', 'busy') instanceof Special, false)
})
