// @ts-check
/**
 * The two loops. A verb is a flow of JavaScript, written once as a generator: it yields whatever a
 * host or a function of the user returned, and is resumed with the settled value. `runNow` runs it
 * without `await`, `runLater` with it, and that is the whole difference between immediate and
 * deferred. Here also lives the conversation with the core, which is the same in both.
 */

import { StorageError } from './errors.js'
import {
  askLater, askNow, faultCodeOf, faultMessageOf, giveAnswer, isThenable, keysFrom, readAsk,
} from './ask.js'
import { NOTICE, STEP, VERB } from './door.js'
import { namespaceOf } from './watch.js'

/** @typedef {import('./door.js').Core} Core */
/** @typedef {import('./door.js').Operation} Operation */
/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./turnstile.js').Mode} Mode */

/**
 * @template T
 * @typedef {Generator<unknown, T, any>} Flow
 */

/**
 * Runs a flow to its end at once.
 * @template T
 * @param {Flow<T>} flow
 * @returns {T}
 */
export function runNow(flow) {
  let turn = flow.next()
  while (!turn.done) {
    const answer = turn.value
    turn = isThenable(answer) ? flow.throw(lateAnswer(answer)) : flow.next(answer)
  }
  return turn.value
}

/**
 * Runs a flow to its end, awaiting what is not there yet. What is there is used at once: on an
 * immediate host everything has happened when this function returns, and the Promise is settled.
 * Errors are rejections.
 * @template T
 * @param {Flow<T>} flow
 * @returns {Promise<T>}
 */
export async function runLater(flow) {
  let turn = flow.next()
  while (!turn.done) {
    let answer = turn.value
    if (isThenable(answer)) {
      try {
        answer = await answer
      } catch (error) {
        turn = flow.throw(error)
        continue
      }
    }
    turn = flow.next(answer)
  }
  return turn.value
}

/**
 * Runs one operation of the core to its end: asks the host what the core asks, and hands back the
 * answers. Invariant: an exception out of the core means that it broke, and it is not called again,
 * not even to free.
 * @template T
 * @param {Session} session
 * @param {(core: Core, now: number) => Operation} start
 * @param {(operation: Operation) => T} take Takes the result out of the finished operation.
 * @returns {Flow<T>}
 */
export function* operate(session, start, take) {
  if (session.host.immediate) return operateNow(session, start, take)
  session.refuseIfBroken()
  const { core } = session
  const now = session.now()
  const end = /** @type {End<T>} */ ({ result: undefined, failure: undefined, refusal: undefined })
  session.enter()
  try {
    const operation = start(core, now)
    let step = operation.resume()
    while (step !== STEP.DONE && step !== STEP.FAILED) {
      const ask = readAsk(operation, step)
      let answer
      let isRefused = false
      try {
        answer = yield* askLater(session, ask)
      } catch (refusal) {
        isRefused = true
        end.refusal = refusal
      }
      // Another operation may have broken the core while this one waited for the host.
      session.refuseIfBroken()
      if (isRefused) operation.fail(faultCodeOf(end.refusal), faultMessageOf(end.refusal))
      else giveAnswer(operation, step, answer)
      step = operation.resume()
    }
    finish(session, operation, step, take, end)
  } catch (panic) {
    throw broken(session, panic)
  } finally {
    session.leave()
  }
  if (end.failure) throw end.failure
  return /** @type {T} */ (end.result)
}

/**
 * The same where the host answers at once: a function, because flows within flows cost more than what
 * most verbs do.
 * @template T
 * @param {Session} session
 * @param {(core: Core, now: number) => Operation} start
 * @param {(operation: Operation) => T} take
 * @returns {T}
 */
function operateNow(session, start, take) {
  session.refuseIfBroken()
  const { core } = session
  const now = session.now()
  const end = /** @type {End<T>} */ ({ result: undefined, failure: undefined, refusal: undefined })
  session.enter()
  try {
    const operation = start(core, now)
    let step = operation.resume()
    while (step !== STEP.DONE && step !== STEP.FAILED) {
      const ask = readAsk(operation, step)
      let answer
      let isRefused = false
      try {
        answer = askNow(session, ask)
      } catch (refusal) {
        isRefused = true
        end.refusal = refusal
      }
      // Code of the host may have used the stash, and broken its core.
      session.refuseIfBroken()
      if (isRefused) operation.fail(faultCodeOf(end.refusal), faultMessageOf(end.refusal))
      else giveAnswer(operation, step, answer)
      step = operation.resume()
    }
    finish(session, operation, step, take, end)
  } catch (panic) {
    throw broken(session, panic)
  } finally {
    session.leave()
  }
  if (end.failure) throw end.failure
  return /** @type {T} */ (end.result)
}

/**
 * How an operation ended, and what the host last threw.
 * @template T
 * @typedef {{ result: T | undefined, failure: StorageError | undefined, refusal: unknown }} End
 */

/**
 * Takes out of a finished operation what it has, and frees it.
 * @template T
 * @param {Session} session
 * @param {Operation} operation
 * @param {number} step
 * @param {(operation: Operation) => T} take
 * @param {End<T>} end
 */
function finish(session, operation, step, take, end) {
  if (step === STEP.DONE) end.result = take(operation)
  else end.failure = failureOf(operation, end.refusal)
  noteNotices(session, operation)
  operation.free()
}

/**
 * @param {Session} session
 * @param {unknown} panic What came out of the core.
 */
function broken({ instance }, panic) {
  instance.break(panic)
  return instance.brokenError()
}

/**
 * Runs one operation in its turn, and tells the watchers what came of it.
 * @template T
 * @param {Session} session
 * @param {Mode} mode
 * @param {(core: Core, now: number) => Operation} start
 * @param {(operation: Operation) => T} take
 * @param {(result: T) => void} [note] Notes the events of a success.
 * @returns {Flow<T>}
 */
export function* operateInTurn(session, mode, start, take, note) {
  session.refuseIfFinished()
  const waiting = session.turnstile?.enter(mode)
  if (waiting) yield waiting
  try {
    const result = session.host.immediate ? operateWithRoomNow(session, start, take)
      : yield* operateWithRoom(session, start, take)
    if (note) note(result)
    return result
  } finally {
    endTurn(session, mode)
  }
}

/**
 * Runs one operation, and once more if the host had no room for it and somebody gave way.
 * @template T
 * @param {Session} session
 * @param {(core: Core, now: number) => Operation} start
 * @param {(operation: Operation) => T} take
 * @returns {Flow<T>}
 */
export function* operateWithRoom(session, start, take) {
  try {
    return yield* operate(session, start, take)
  } catch (error) {
    if (!isFull(error) || !(yield* makeRoom(session))) throw error
  }
  return yield* operate(session, start, take)
}

/**
 * The same where the host answers at once.
 * @template T
 * @param {Session} session
 * @param {(core: Core, now: number) => Operation} start
 * @param {(operation: Operation) => T} take
 * @returns {T}
 */
function operateWithRoomNow(session, start, take) {
  try {
    return operateNow(session, start, take)
  } catch (error) {
    if (!isFull(error) || !runNow(makeRoom(session))) throw error
  }
  return operateNow(session, start, take)
}

/** @param {unknown} error */
function isFull(error) {
  return StorageError.is(error) && error.code === 'QUOTA_EXCEEDED'
}

/**
 * @param {Session} session
 * @returns {Flow<boolean>} Whether anybody gave way.
 */
function* makeRoom(session) {
  let hasMade = false
  for (const yielding of session.onFull.slice()) {
    try {
      hasMade = (yield* yielding.giveWay()) || hasMade
    } catch {
      // The write that found no room fails for its own reason, not for this one.
    }
  }
  return hasMade
}

/**
 * Ends a turn: lets the next one in, then tells what happened in this one.
 * @param {Session} session
 * @param {Mode} mode
 */
export function endTurn(session, mode) {
  session.turnstile?.leave(mode)
  session.watchers.tell()
  if (session.owesAcknowledgement) acknowledgeWipe(session)
}

/**
 * Tells the core that the wipe is known, so that the next `open` does not tell of it again. Should
 * that fail, it will be told again, which is better than never.
 * @param {Session} session
 */
export function acknowledgeWipe(session) {
  session.owesAcknowledgement = false
  const flow = operateInTurn(session, 'write', (core, now) => core.begin(VERB.ACKNOWLEDGE_WIPE, '', now),
    () => undefined)
  void runLater(flow).catch(() => {})
}

/** @param {PromiseLike<unknown>} answer */
function lateAnswer(answer) {
  // Nobody will await it, so its rejection must not count as unhandled.
  answer.then(undefined, () => {})
  return new StorageError('INVALID_OPTION',
    'expected a function that answers at once, got one that returns a Promise: use the verb without Sync')
}

/**
 * @param {Operation} operation
 * @param {unknown} cause
 */
function failureOf(operation, cause) {
  const [code, message, key, namespace] = keysFrom(operation, 0)
  return new StorageError(/** @type {any} */ (code), message ?? '', {
    key,
    namespace: namespace === undefined ? undefined : namespaceOf(namespace),
    cause,
  })
}

/**
 * Takes what the core has to tell; comes after the result, whose keys it writes over.
 * @param {Session} session
 * @param {Operation} operation
 */
function noteNotices(session, operation) {
  for (let notice = operation.nextNotice(); notice !== NOTICE.NONE; notice = operation.nextNotice()) {
    if (notice === NOTICE.WIPED) session.noteWipe()
    else session.watchers.note('expire', operation.key(0), operation.key(1))
  }
}
