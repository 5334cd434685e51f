// @ts-check
/** The two loops and the conversation with host and core: refusals, wrong answers, panics. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fault } from '../../js/hosts/host.js'
import { memory } from '../../js/hosts/memory.js'
import { openWith } from '../../js/open-with.js'
import { Instance } from '../../js/session.js'
import { loadCore } from '../../js/load/load.js'
import { openAt, refused, settle, watched } from './support/shell.js'

/**
 * Opens on a host whose calls can be made to go wrong.
 * @param {any} [kind]
 */
async function onFaultyHost(kind = {}) {
  /** @type {{ around: ((name: string, args: any[], call: () => any) => any) | undefined }} */
  const wrong = { around: undefined }
  const { host, calls } = watched(kind, (name, args, call) =>
    wrong.around ? wrong.around(name, args, call) : call())
  const opened = await openAt(host)
  calls.length = 0
  return { ...opened, wrong, calls }
}

for (const immediate of [true, false]) {
  describe(immediate ? 'immediate' : 'deferred', () => {
    test('the refusals of a host become errors with its words and itself as the cause', async () => {
      const { storage, wrong } = await onFaultyHost({ immediate })
      await storage.set('key', 'old')
      /** @type {[string, unknown, RegExp?][]} */
      const cases = [
        ['QUOTA_EXCEEDED', fault('QUOTA_EXCEEDED', 'the disk is full')],
        ['VALUE_TOO_LARGE', fault('VALUE_TOO_LARGE', 'too large for it')],
        ['BUSY', fault('BUSY', 'somebody else has it')],
        ['HOST_FAILED', fault('HOST_FAILED', 'it broke'), /it broke/],
        ['HOST_FAILED', new Error('it broke'), /it broke/],
        ['HOST_FAILED', { errMsg: 'setStorage:fail' }],
        ['HOST_FAILED', 'only words'],
        ['HOST_FAILED', undefined],
        ['HOST_FAILED', Object.assign(new Error('strange'), { fault: 'toString' }), /strange/],
      ]
      for (const [code, refusal, message] of cases) {
        wrong.around = (name, _args, call) => {
          if (!name.startsWith('write')) return call()
          if (immediate) throw refusal
          return Promise.reject(refusal)
        }
        const error = await refused(code, () => storage.set('key', 'new'), message)
        assert.equal(error.cause, refusal)
        wrong.around = undefined
        assert.equal(await storage.get('key'), 'old')
      }
    })

    test('a host that answers in the wrong shape has failed, and is told how', async () => {
      for (const holds of /** @type {const} */ (['text', 'bytes', 'native'])) {
        const { storage, wrong } = await onFaultyHost({ immediate, holds })
        const answer = (/** @type {string} */ verb, /** @type {any} */ value) => {
          wrong.around = (name, _args, call) =>
            name !== verb ? call() : immediate ? value : Promise.resolve(value)
        }
        for (const value of [7, true, {}, [], holds === 'text' ? new Uint8Array(1) : 'text']) {
          if (holds === 'native') break
          answer('read', value)
          await refused('HOST_FAILED', () => storage.get('key'), /from read\(\) although it holds/)
        }
        if (holds === 'native') {
          answer('read', () => {})
          await refused('HOST_FAILED', () => storage.get('key'), /cannot be stored/)
        } else {
          answer('read', null)
          assert.equal(await storage.get('key', 'missing'), 'missing')
        }
        for (const value of [undefined, 'ab', [undefined], { length: 2 }]) {
          answer('readMany', value)
          await refused('HOST_FAILED', () => storage.getMany(['a', 'b']), /one answer for each of 2 keys/)
        }
        answer('readMany', new Array(2))
        assert.deepEqual(await storage.getMany(['a', 'b']), [undefined, undefined])
        for (const value of [undefined, 'ab', [1], {}]) {
          answer('list', value)
          await refused('HOST_FAILED', () => storage.keys(), /array of strings from list/)
        }
      }
    })

    test('what the host cannot tell of its room is unknown, and a wrong answer a failure', async () => {
      const { storage, wrong } = await onFaultyHost({ immediate })
      for (const room of [{}, { usedBytes: NaN, limitBytes: -1 }, { usedBytes: '1', limitBytes: Infinity }]) {
        wrong.around = (name, _args, call) => name === 'info' ? room : call()
        const info = await storage.getInfo()
        assert.equal(info.limitBytes, undefined)
        assert.equal(info.limitSize, undefined)
      }
      wrong.around = (name, _args, call) => name === 'info' ? null : call()
      await refused('HOST_FAILED', () => storage.getInfo(), /object from info/)
    })

    test('a host without batch calls is asked key by key, and the first refusal counts', async () => {
      const { storage, stash, wrong, calls } = await onFaultyHost({ immediate, batch: false })
      await storage.setMany({ a: 1, b: 2, c: 3 })
      assert.ok(calls.every(([name]) => !name.endsWith('Many')))
      calls.length = 0
      const before = stash.hostCalls
      assert.deepEqual(await storage.getMany(['a', 'b', 'c']), [1, 2, 3])
      assert.deepEqual(calls.map(([name]) => name), ['read', 'read', 'read'])
      assert.equal(stash.hostCalls - before, 3)
      wrong.around = (name, args, call) => {
        if (name === 'read' && args[0] === 'b') throw fault('BUSY', 'not now')
        return call()
      }
      const asked = stash.hostCalls
      await refused('BUSY', () => storage.getMany(['a', 'b', 'c']))
      assert.equal(stash.hostCalls - asked, 2)
    })

    test('a batch that a host refuses midway leaves all or nothing behind', async () => {
      for (const batch of [true, false]) {
        const { storage, wrong } = await onFaultyHost({ immediate, batch })
        await storage.setMany({ a: 1, b: 1 })
        let writes = 0
        wrong.around = (name, _args, call) => {
          if (name.startsWith('write')) writes += 1
          if (writes === 2) throw fault('HOST_FAILED', 'refused midway')
          return call()
        }
        await storage.setMany({ a: 2, b: 2 }).catch(() => {})
        wrong.around = undefined
        const [a, b] = await storage.getMany(['a', 'b'])
        assert.equal(a, b)
      }
    })

    test('bytes may come as any Uint8Array, a Buffer among them', async () => {
      const { storage, wrong } = await onFaultyHost({ immediate, holds: 'bytes' })
      await storage.set('key', { a: [1, 'é'] })
      wrong.around = (name, _args, call) => {
        const data = call()
        if (name !== 'read') return data
        const wrap = (/** @type {Uint8Array} */ bytes) => Buffer.from(bytes)
        return immediate ? wrap(data) : data.then(wrap)
      }
      assert.deepEqual(await storage.get('key'), { a: [1, 'é'] })
    })

    test('a refused operation blocks nobody', async () => {
      const { storage, wrong } = await onFaultyHost({ immediate })
      wrong.around = (_name, args, call) => {
        if (args[0] === 'bad') throw new Error('no')
        return call()
      }
      const outcomes = await Promise.allSettled([
        storage.set('good', 1), storage.get('bad'), storage.set('bad', 1), storage.get('good'),
        storage.keys(),
      ])
      assert.deepEqual(outcomes.map(outcome => outcome.status),
        ['fulfilled', 'rejected', 'rejected', 'fulfilled', 'fulfilled'])
    })
  })
}

test('an immediate host that answers with a Promise has failed, and no rejection is left over', async () => {
  const { storage, wrong } = await onFaultyHost()
  wrong.around = (name, _args, call) => name === 'read' ? Promise.reject(new Error('late')) : call()
  await refused('HOST_FAILED', () => storage.getSync('key'), /a Promise although it says `immediate: true`/)
  await refused('HOST_FAILED', () => storage.get('key'), /returned a Promise/)
  wrong.around = (name, _args, call) => name.startsWith('write') ? Promise.resolve() : call()
  await refused('HOST_FAILED', () => storage.setSync('key', 1), /returned a Promise/)
  await settle()
})

test('a deferred host may answer at once', async () => {
  const late = memory({ immediate: false })
  const { storage } = await openAt({ ...memory(), name: 'hasty', immediate: false, entropy: late.entropy })
  await storage.set('key', 1)
  assert.equal(await storage.get('key'), 1)
})

test('on a deferred host readers run together and a writer alone', async () => {
  /** @type {(() => void)[]} */
  const waiting = []
  const { storage, wrong } = await onFaultyHost({ immediate: false })
  let inside = 0
  let most = 0
  wrong.around = async (name, _args, call) => {
    inside += 1
    most = Math.max(most, inside)
    if (name.startsWith('write')) assert.equal(inside, 1)
    await new Promise(resolve => { waiting.push(() => resolve(undefined)) })
    inside -= 1
    return call()
  }
  const verbs = [storage.get('a'), storage.get('b'), storage.set('a', 1), storage.get('a'), storage.get('b')]
  const pump = async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      await settle()
      waiting.splice(0).forEach(go => go())
    }
  }
  await pump()
  assert.deepEqual(await Promise.all(verbs), [undefined, undefined, undefined, 1, undefined])
  assert.equal(most, 2)
})

describe('a panic of the core', () => {
  /** @param {string} member A core that throws there, and then says so whenever it is touched. */
  const breakable = async (member, { immediate = true } = {}) => {
    const real = await loadCore()
    const state = { isArmed: false, touches: 0 }
    const trap = () => { throw new WebAssembly.RuntimeError('unreachable') }
    const Core = new Proxy(real.glue.Core, {
      get: (Real, made) => made !== 'make' ? Reflect.get(Real, made)
        : (/** @type {Parameters<typeof Real.make>} */ ...args) => new Proxy(Real.make(...args) ?? Real, {
            get: (core, name) => {
              if (state.isArmed) state.touches += 1
              if (state.isArmed && name === member) return trap
              const own = Reflect.get(core, name, core)
              return typeof own === 'function' ? own.bind(core) : own
            },
          }),
    })
    const instance = new Instance({ ...real.glue, Core, disarm: undefined })
    const open = () => openWith(async () => instance, { host: memory({ immediate }) })
    return { state, open }
  }

  for (const immediate of [true, false]) {
    test(`finishes every stash of the process, and the core is not touched again (${immediate})`, async () => {
      const { state, open } = await breakable('begin', { immediate })
      const [stash, other] = [await open(), await open()]
      await other.storage.set('key', 1)
      const underWay = other.storage.set('key', 2)
      if (immediate) await underWay
      state.isArmed = true
      const error = await refused('CORE_PANICKED', () => stash.storage.get('key'))
      assert.equal(error.retryable, false)
      assert.ok(error.cause instanceof WebAssembly.RuntimeError)
      if (!immediate) await refused('CORE_PANICKED', () => underWay)
      const { touches } = state
      for (const { storage } of [stash, other]) {
        await refused('CORE_PANICKED', () => storage.get('key'))
        await refused('CORE_PANICKED', () => storage.set('key', 1))
        await refused('CORE_PANICKED', () => storage.update('key', () => 1))
        await refused('CORE_PANICKED', () => storage.lock('key', () => 1))
        await refused('CORE_PANICKED', () => storage.watch('key', () => {}))
        if (immediate) await refused('CORE_PANICKED', () => /** @type {any} */ (storage).keysSync())
      }
      await refused('CORE_PANICKED', open)
      await stash.close()
      await refused('CORE_PANICKED', () => stash.storage.get('key'))
      assert.equal(state.touches, touches)
    })
  }

  test('closes the host, so that another process may go on', async () => {
    const { state, open } = await breakable('begin')
    const stash = await open()
    state.isArmed = true
    await refused('CORE_PANICKED', () => stash.storage.has('key'))
    const { host } = stash
    await stash.close()
    const { storage } = await openAt(host)
    assert.equal(storage.hasSync('key'), false)
  })
})
