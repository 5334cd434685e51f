// @ts-check
/**
 * The forgiving face of a storage: a verb that fails reports its error once and returns a fallback,
 * so a page can store and read without a `try`. It has no rules of its own; every verb is the one of
 * the storage beneath.
 */

/** @typedef {import('./checks.js').PutOptions} PutOptions */
/** @typedef {import('./checks.js').SetOptions} SetOptions */
/** @typedef {import('./checks.js').WatchRange} WatchRange */
/** @typedef {import('./deferred-storage.js').DeferredStorage} DeferredStorage */
/** @typedef {import('./deferred-storage.js').Entries} Entries */
/** @typedef {import('./door.js').Range} Range */
/** @typedef {import('./storage-manager.js').StorageManager} StorageManager */
/** @typedef {import('./ttl.js').Ttl} Ttl */
/** @typedef {import('./watch.js').Listener} Listener */

/**
 * Where an error came from.
 * @typedef {object} Failure
 * @property {string} verb The verb as it was called, such as 'getSync'.
 * @property {string | undefined} key The first argument, if it was a string.
 */

/**
 * @typedef {object} RobustOptions
 * @property {(error: any, failure: Failure) => unknown} [onError] Hears of every error exactly once: a
 *   StorageError, or what a function given to `update` or `lock` has thrown. Without it `console.error`
 *   does, where there is a console. What it throws itself is dropped.
 * @property {any} [fallback] What a failed verb returns, and `get` for a missing key; `null` by default.
 */

/** The verbs that have a Sync twin and return the fallback when they fail. */
const VERBS = Object.freeze([
  'has', 'remove', 'clear', 'getMany', 'removeMany', 'update', 'increment', 'keys', 'entries', 'getMeta',
  'touch', 'getInfo', 'willFit', 'cleanup', 'lock'
])

/**
 * What those verbs take.
 * @typedef {object} Arguments
 * @property {[key: string]} has
 * @property {[key: string]} remove
 * @property {[]} clear
 * @property {[keys: Iterable<string>]} getMany
 * @property {[keys: Iterable<string>]} removeMany
 * @property {[key: string, fn: (current: any) => any, options?: PutOptions]} update
 * @property {[key: string, by?: number, options?: PutOptions]} increment
 * @property {[range?: Range]} keys
 * @property {[range?: Range]} entries
 * @property {[key: string]} getMeta
 * @property {[key: string, options: { ttl: Ttl | null }]} touch
 * @property {[]} getInfo
 * @property {[key: string, value: unknown]} willFit
 * @property {[]} cleanup
 * @property {[key: string, fn: () => any]} lock
 */

/**
 * The verbs with rules of their own for what they return.
 * @typedef {object} SpecialVerbs
 * @property {(key: string, defaultValue?: any) => Promise<any>} get The default if the key is missing or
 *   cannot be read.
 * @property {(key: string, value: unknown, options?: SetOptions) => Promise<boolean>} set Whether it was
 *   stored.
 * @property {(entries: Entries, options?: PutOptions) => Promise<boolean>} setMany Whether all were stored.
 * @property {(what: string | WatchRange, listener: Listener) => () => void} watch Ends the watching.
 */

/**
 * The twins of the verbs with rules of their own.
 * @typedef {object} SpecialTwins
 * @property {(key: string, defaultValue?: any) => any} getSync
 * @property {(key: string, value: unknown, options?: SetOptions) => boolean} setSync
 * @property {(entries: Entries, options?: PutOptions) => boolean} setManySync
 */

/** @typedef {{ [Verb in keyof Arguments]: (...args: Arguments[Verb]) => Promise<any> }} PlainVerbs */
/** @typedef {{ [Verb in keyof Arguments as `${Verb}Sync`]: (...args: Arguments[Verb]) => any }} PlainTwins */

/**
 * The forgiving face of a deferred storage. `namespace` never fails: the verbs of a wrong name do.
 * @typedef {PlainVerbs & SpecialVerbs
 *   & { namespace(name: string): RobustDeferredStorage }} RobustDeferredStorage
 */

/**
 * The forgiving face of an immediate storage.
 * @typedef {PlainVerbs & SpecialVerbs & PlainTwins & SpecialTwins
 *   & { namespace(name: string): RobustStorage }} RobustStorage
 */

/**
 * Wraps a storage so that no verb throws or rejects.
 *
 * `set` and `setMany` return true or false; `get` returns its default, or the fallback; every other verb
 * returns the fallback when it fails. Nothing is retried and nothing is deleted.
 *
 * @example
 * const storage = robust(stash.storage, { onError: (error) => monitor.report(error) })
 * storage.setSync('user', user)           // true, or false after onError
 * storage.getSync('user', {})             // {} if it is missing or cannot be read
 * @overload
 * @param {StorageManager} storage `stash.storage`, or a namespace of it.
 * @param {RobustOptions} [options]
 * @returns {RobustStorage}
 */
/**
 * Wraps a deferred storage so that no verb rejects.
 * @overload
 * @param {DeferredStorage} storage
 * @param {RobustOptions} [options]
 * @returns {RobustDeferredStorage}
 */
/**
 * @param {DeferredStorage} storage
 * @param {RobustOptions} [options]
 * @returns {RobustDeferredStorage}
 */
export function robust(storage, options = {}) {
  const { fallback = null, onError } = options ?? {}
  const report = reporter(onError)
  return wrap(() => storage, fallback, report)
}

/**
 * @param {() => any} find Returns the storage or throws; each verb calls it, so that the verb reports it.
 * @param {any} fallback
 * @param {(error: unknown, failure: Failure) => void} report
 * @returns {RobustStorage}
 */
function wrap(find, fallback, report) {
  /**
   * @param {string} verb
   * @param {readonly any[]} args
   * @param {any} otherwise
   * @param {any} [success] What to return instead of the verb's own answer.
   */
  function now(verb, args, otherwise, success) {
    try {
      const result = find()[verb](...args)
      return success === undefined ? result : success
    } catch (error) {
      report(error, { verb, key: typeof args[0] === 'string' ? args[0] : undefined })
      return otherwise
    }
  }

  /**
   * @param {string} verb
   * @param {readonly any[]} args
   * @param {any} otherwise
   * @param {any} [success]
   */
  async function later(verb, args, otherwise, success) {
    try {
      const result = await find()[verb](...args)
      return success === undefined ? result : success
    } catch (error) {
      report(error, { verb, key: typeof args[0] === 'string' ? args[0] : undefined })
      return otherwise
    }
  }

  /** @type {{ [verb: string]: (...args: any[]) => any }} */
  const plain = {}
  for (const verb of VERBS) {
    plain[verb] = (...args) => later(verb, args, fallback)
    plain[verb + 'Sync'] = (...args) => now(verb + 'Sync', args, fallback)
  }
  /** @type {SpecialVerbs & SpecialTwins & { namespace(name: string): RobustStorage }} */
  const special = {
    get: (key, defaultValue = fallback) => later('get', [key, defaultValue], defaultValue),
    getSync: (key, defaultValue = fallback) => now('getSync', [key, defaultValue], defaultValue),
    set: (...args) => later('set', args, false, true),
    setSync: (...args) => now('setSync', args, false, true),
    setMany: (...args) => later('setMany', args, false, true),
    setManySync: (...args) => now('setManySync', args, false, true),
    watch: (...args) => now('watch', args, () => {}),
    namespace: (name) => wrap(() => find().namespace(name), fallback, report)
  }
  return Object.assign(/** @type {PlainVerbs & PlainTwins} */ (/** @type {unknown} */ (plain)), special)
}

/**
 * Makes what reports an error: it never throws and leaves no rejection unhandled.
 * @param {RobustOptions['onError']} onError
 * @returns {(error: unknown, failure: Failure) => void}
 */
function reporter(onError = printError) {
  return (error, failure) => {
    try {
      const result = /** @type {any} */ (onError(error, failure))
      if (result && typeof result.then === 'function') result.then(undefined, () => {})
    } catch {
      // An error in reporting an error has nowhere left to go.
    }
  }
}

/**
 * @param {unknown} error
 * @param {Failure} failure
 */
function printError(error, failure) {
  // The console is the last resort of an application that listens to nothing; some hosts have none.
  /* eslint-disable no-console, no-restricted-globals, no-undef */
  if (typeof console === 'object') console.error(`MiniStash: ${failure.verb} failed:`, error)
  /* eslint-enable */
}
