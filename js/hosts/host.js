// @ts-check
/**
 * The port: what a person writes to bring a store of their own. A host translates between the core
 * and the store beneath; it has no rules. The interface and the refusals are here; the check of a host
 * is in define-host.js.
 */

/**
 * What lies under a key: a string, bytes or, on hosts that hold native values, JSON as itself.
 * @typedef {string | Uint8Array | number | boolean | object | null} Data
 */

/**
 * How a host replies: at once if it is immediate, by a Promise if it is deferred.
 * @template T
 * @template {boolean} Immediate
 * @typedef {Immediate extends true ? T : Promise<T>} Answer
 */

/**
 * The limits of a host in bytes of UTF-8, keys included.
 * @typedef {object} Limits
 * @property {number} [entryBytes] The most that one record may take.
 * @property {number} [totalBytes] The most that all records together may take.
 */

/**
 * Several changes that a host applies together.
 * @typedef {object} Change
 * @property {[key: string, data: Data][]} writes The records to replace.
 * @property {string[]} removes The keys to remove; none of them is among the writes.
 */

/**
 * What a host tells of its room.
 * @typedef {object} Room
 * @property {number | undefined} usedBytes What the records take, if the host can tell.
 * @property {number | undefined} limitBytes What they may take, if the host can tell.
 * @property {boolean} [isPersisted] Whether they stay when room runs short, if the host can tell.
 */

/**
 * A small text kept apart from the records, so that a wipe can be told from a first start.
 * @template {boolean} [Immediate=boolean]
 * @typedef {object} Witness
 * @property {() => Answer<string | undefined, Immediate>} read Reads the text, if there is one.
 * @property {(text: string) => Answer<void, Immediate>} write Replaces the text.
 */

/**
 * What somebody changed: by the place of the change, or by the key of the host's record.
 * @typedef {object} News
 * @property {'set' | 'remove' | 'expire' | 'clear' | 'wiped'} type
 * @property {string} [path] The path of the namespace, as the core writes it.
 * @property {string} [key] The key in it.
 * @property {string} [hostKey] In place of both: the key of the record.
 */

/**
 * The others who have the same store open.
 * @typedef {object} Others
 * @property {(news: News[]) => void} tell Tells them what was changed here; does not throw.
 * @property {(listener: (news: News[]) => void) => () => void} hear Hears what they changed, after it has
 *   happened; gives the end of it.
 */

/**
 * A file of the app, opened for reading. What its functions reject with is INVALID_VALUE, not retryable, if
 * the file is gone or has another size than when it was opened.
 * @typedef {object} AppFile
 * @property {number | undefined} size In bytes, if the host can tell.
 * @property {string} [path] Where the host has it.
 * @property {any} [blob] The file as a Blob, in browsers; a consumer's types may know none.
 * @property {(position: number, length: number) => Promise<Uint8Array>} read Fewer bytes at the end only.
 * @property {() => Promise<void>} [check] Rejects if the file is no longer what was opened.
 */

/**
 * The files of the app, by the paths that the host gives them.
 * @typedef {object} AppFiles
 * @property {(path: string) => Promise<AppFile>} open Rejects with INVALID_VALUE if there is none.
 * @property {(path: string) => string} [place] Where a copy of a file may lie, a new path each time. Whoever
 *   notes it before the copy is made finds the copy again, whatever happens meanwhile.
 * @property {(path: string, place?: string) => Promise<string>} [keep] Copies a file to where it stays: to
 *   the place given, if one is.
 * @property {(kept: string) => Promise<void>} [drop] Deletes such a copy; one that is gone is no error.
 */

/**
 * A store as the core sees it. A refusal is an Error thrown (or rejected with) by the call; `fault`
 * makes one, and whatever else is thrown counts as HOST_FAILED. After a refusal the record is whole:
 * the old one or the new one. Neither side keeps a reference to data that it handed over.
 * @template {boolean} [Immediate=boolean]
 * @typedef {object} Host
 * @property {string} name A short name for messages, such as 'node'.
 * @property {Immediate} immediate True: every call answers at once. False: every call is a Promise.
 * @property {'text' | 'bytes' | 'native'} holds What `read` returns and `write` takes.
 * @property {boolean} [exclusive] True: while it is open nobody else writes, removes or wipes its records (on
 *   a host of native values others still may, in the default namespace). The core then remembers what it
 *   read and wrote, and asks less. False or left out: it asks each time.
 * @property {Limits} [limits] The limits known beforehand.
 * @property {string[]} [foreignPrefixes] How keys begin that others keep beside ours.
 * @property {(key: string) => Answer<Data | undefined, Immediate>} read Reads; missing is `undefined`.
 * @property {(key: string, data: Data) => Answer<void, Immediate>} write Replaces all or nothing.
 * @property {(key: string) => Answer<void, Immediate>} remove Removes; a missing key is no error.
 * @property {(prefix: string) => Answer<string[], Immediate>} list Every key that begins so, any order.
 * @property {boolean} [lists] False where keys cannot be listed: `list` is never called, and what needs it
 *   is UNSUPPORTED. Default true.
 * @property {(keys: string[]) => Answer<(Data | undefined)[], Immediate>} [readMany] Reads in order.
 * @property {(entries: [key: string, data: Data][]) => Answer<void, Immediate>} [writeMany] Not atomic.
 * @property {(keys: string[]) => Answer<void, Immediate>} [removeMany] Not atomic.
 * @property {(change: Change) => Answer<void, Immediate>} [commit] Applies all of a change or nothing.
 * @property {() => Answer<Room, Immediate>} [info] Tells the room taken and left.
 * @property {Witness<Immediate>} [witness] What tells a wipe from a first start.
 * @property {(name: string) => Promise<() => void | Promise<void>>} [lock] Locks a name for all who share
 *   the store. On a deferred host each change is made under it, so that none of them is lost.
 * @property {Others} [others] Tells others who share the store of changes, so that `watch` hears of them.
 * @property {() => Uint8Array | Promise<Uint8Array>} [entropy] 32 bytes or more, from a secure source.
 * @property {(event: LifeEvent, listener: (detail?: any) => void) => (() => void) | undefined} [listen]
 *   Hears of the app's life; gives the end of it, or undefined where the place does not tell of that.
 * @property {import('./http.js').HttpNetwork} [network] How requests are sent over the network.
 * @property {AppFiles} [files] How files are read that are to be sent.
 * @property {() => void | Promise<void>} [open] Called once, first: takes the lock, clears leftovers.
 * @property {() => void | Promise<void>} [close] Gives everything back; the data stay.
 */

/**
 * What a place may tell of the life of an app: it is hidden, shown again, short of memory, or its network
 * changed (`{ isConnected, type, isWeak }`, the type in WeChat's words: wifi, 4g, none), or is told of first.
 * @typedef {'hide' | 'show' | 'memory' | 'network'} LifeEvent
 */

/**
 * Why a host refuses: no room, one record too large, the store in other hands, anything else.
 * @typedef {'QUOTA_EXCEEDED' | 'VALUE_TOO_LARGE' | 'BUSY' | 'HOST_FAILED'} FaultCode
 */

/**
 * Makes the Error by which a host refuses; the message says what happened and what to do.
 * @param {FaultCode} code
 * @param {string} message
 * @param {unknown} [cause]
 * @returns {Error & { fault: FaultCode, cause?: unknown }}
 */
export function fault(code, message, cause) {
  // Engines before ES2022 ignore the options of Error, so the cause is set by hand.
  return Object.assign(new Error(message), { fault: code }, cause === undefined ? {} : { cause })
}
