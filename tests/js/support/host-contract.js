// The contract of the Host interface, as claims that every host must meet. Whoever writes a host runs it:
//
//   hostContract('mine', (test, limits) => mine({ ...limits }))
// @ts-check
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'

/** @import { TestContext } from 'node:test' */
/** @import { Data, Host, Limits } from '../../../js/hosts/host.js' */

/** @typedef {Readonly<Host>} AnyHost */
/** @typedef {(host: Asked, raw: AnyHost) => Promise<void>} Body */
/** @typedef {(text: string, body: Body, limits?: Limits) => void} Claim */
/**
 * @typedef {object} ContractOptions
 * @property {boolean} [hasLimits] False if the host cannot be given limits. Default true.
 * @property {boolean} [isLasting] False if closing loses the data. Default true.
 */

/** Keys that some store somewhere takes for something else. */
export const KEYS = [
  'a', 'A', 'user/42', '../up', '..', '.', '.hidden', 'a.', 'a ', ' a', 'con', 'CON', 'nul.txt', 'com1',
  'a%2fb', '%', '%41', '~', 'a~b', 'a\u0000b', 'a\\b', 'a:b', 'a*?<>|"b', 'line\nbreak', '\u00e9', 'e\u0301',
  '中文键', '🎉', '\u202e', '__proto__', 'constructor', 'lock', 'witness', 'x'.repeat(255), 'x'.repeat(256),
  'X'.repeat(256), '键'.repeat(300),
]

/**
 * Registers the contract suite for a host.
 * @param {string} name
 * @param {(test: TestContext, limits: Limits) => AnyHost} makeHost makes a new, empty, unopened host.
 * @param {ContractOptions} [options]
 */
export function hostContract(name, makeHost, { hasLimits = true, isLasting = true } = {}) {
  /** @type {Claim} */
  const claim = (text, body, limits = {}) => {
    test(text, async context => {
      const raw = makeHost(context, limits)
      await raw.open?.()
      try {
        await body(asked(raw), raw)
      } finally {
        await raw.close?.()
      }
    })
  }

  describe(`the contract of a host, kept by ${name}`, () => {
    claim('what is missing reads as undefined', async (host) => {
      assert.equal(await host.read('nothing'), undefined)
      assert.deepEqual(await host.list(''), [])
    })

    claim('what was written is read, whatever it is', async (host) => {
      for (const data of samples(host.holds)) {
        await host.write('key', data)
        assert.deepEqual(await host.read('key'), data)
      }
    })

    claim('a later write replaces the record wholly, also by a shorter one', async (host) => {
      await host.write('key', long(host.holds))
      await host.write('key', small(host.holds, 1))
      assert.deepEqual(await host.read('key'), small(host.holds, 1))
      assert.deepEqual(await host.list(''), ['key'])
    })

    claim('a removed record is missing, and removing a missing one is no error', async (host) => {
      await host.write('key', small(host.holds, 1))
      await host.remove('key')
      await host.remove('key')
      assert.equal(await host.read('key'), undefined)
      assert.deepEqual(await host.list(''), [])
    })

    claim('every key has a record of its own, however odd the key', async (host) => {
      for (const [at, key] of KEYS.entries()) await host.write(key, small(host.holds, at))
      for (const [at, key] of KEYS.entries()) {
        assert.deepEqual(await host.read(key), small(host.holds, at), JSON.stringify(key))
      }
      assert.deepEqual((await host.list('')).sort(), [...KEYS].sort())
      for (const key of KEYS) await host.remove(key)
      assert.deepEqual(await host.list(''), [])
    })

    claim('list returns exactly the keys that begin with the prefix', async (host) => {
      for (const key of KEYS) await host.write(key, small(host.holds, 1))
      const prefixes = ['', 'a', 'A', '.', '%', 'x', 'x'.repeat(256), 'e', '中', '键', 'user/', 'none']
      for (const prefix of prefixes) {
        const expected = KEYS.filter(key => key.startsWith(prefix)).sort()
        assert.deepEqual((await host.list(prefix)).sort(), expected, `prefix ${JSON.stringify(prefix)}`)
      }
    })

    claim('neither side can change the data of the other', async (host) => {
      const given = long(host.holds)
      const before = structuredClone(given)
      const written = host.write('key', given)
      spoil(given)
      await written
      const got = await host.read('key')
      assert.deepEqual(got, before)
      spoil(got)
      assert.deepEqual(await host.read('key'), before)
    })

    claim('readMany answers in the order of its keys, missing and repeated ones too', async (host, raw) => {
      await host.write('a', small(host.holds, 1))
      await host.write('b', small(host.holds, 2))
      if (raw.readMany === undefined) return
      const read = await host.ask(raw.readMany(['b', 'none', 'a', 'b']))
      assert.deepEqual(read, [small(host.holds, 2), undefined, small(host.holds, 1), small(host.holds, 2)])
      assert.deepEqual(await host.ask(raw.readMany([])), [])
    })

    claim('writeMany and removeMany change all they name; of one key the last wins', async (host, raw) => {
      if (raw.writeMany !== undefined) {
        const entries = KEYS.map((key, at) => /** @type {[string, Data]} */ ([key, small(host.holds, at)]))
        await host.ask(raw.writeMany([['a', small(host.holds, 900)], ...entries]))
        for (const [key, data] of entries) assert.deepEqual(await host.read(key), data)
        await host.ask(raw.writeMany([]))
        assert.equal((await host.list('')).length, KEYS.length)
      }
      if (raw.removeMany !== undefined) {
        await host.write('kept', small(host.holds, 1))
        await host.ask(raw.removeMany([...KEYS, 'none', 'a']))
        await host.ask(raw.removeMany([]))
        assert.deepEqual(await host.list(''), ['kept'])
      }
    })

    claim('commit writes and removes together', async (host, raw) => {
      if (raw.commit === undefined) return
      await host.write('old', small(host.holds, 1))
      /** @type {[string, Data][]} */
      const writes = [['a', small(host.holds, 2)], ['b', small(host.holds, 3)]]
      await host.ask(raw.commit({ writes, removes: ['old'] }))
      assert.deepEqual((await host.list('')).sort(), ['a', 'b'])
      assert.deepEqual(await host.read('b'), small(host.holds, 3))
    })

    claim('the witness is no record: replaced wholly, and touched by no change', async (host, raw) => {
      if (raw.witness === undefined) return
      assert.equal(await host.ask(raw.witness.read()), undefined)
      await host.ask(raw.witness.write('a long text, 见证'))
      await host.ask(raw.witness.write('short 🎉'))
      assert.equal(await host.ask(raw.witness.read()), 'short 🎉')
      assert.deepEqual(await host.list(''), [])
      await host.remove('witness')
      assert.equal(await host.ask(raw.witness.read()), 'short 🎉')
    })

    claim('entropy gives 32 bytes or more, other ones each time', async (_, raw) => {
      if (raw.entropy === undefined) return
      const [one, other] = [await raw.entropy(), await raw.entropy()]
      assert.ok(one instanceof Uint8Array && one.length >= 32)
      assert.notDeepEqual(one, other)
    })

    claim('many calls at once all take effect, and of one key the last one stays', async (host) => {
      const numbers = Array.from({ length: 50 }, (_, at) => at)
      await Promise.all(numbers.map(at => host.write(`key${at % 10}`, small(host.holds, at))))
      assert.equal((await host.list('key')).length, 10)
      for (const at of numbers.slice(0, 10)) {
        assert.deepEqual(await host.read(`key${at}`), small(host.holds, at + 40))
      }
    })

    if (isLasting) {
      claim('data and witness are there again after closing and opening', async (host, raw) => {
        for (const [at, key] of KEYS.entries()) await host.write(key, small(host.holds, at))
        if (raw.witness !== undefined) await host.ask(raw.witness.write('seen'))
        const before = raw.info && await host.ask(raw.info())
        await raw.close?.()
        await raw.open?.()
        assert.deepEqual((await host.list('')).sort(), [...KEYS].sort())
        for (const [at, key] of KEYS.entries()) assert.deepEqual(await host.read(key), small(host.holds, at))
        if (raw.witness !== undefined) assert.equal(await host.ask(raw.witness.read()), 'seen')
        if (raw.info !== undefined) assert.deepEqual(await host.ask(raw.info()), before)
      })

      claim('a second open is refused as BUSY while the first one lasts', async (host, raw) => {
        if (raw.open === undefined) return
        await assert.rejects(async () => raw.open?.(), { fault: 'BUSY' })
        await host.write('key', small(host.holds, 1))
        assert.deepEqual(await host.read('key'), small(host.holds, 1))
      })
    }
    if (hasLimits) limitClaims(claim)
  })
}

/** @param {Claim} claim */
function limitClaims(claim) {
  claim('a record above the limit is VALUE_TOO_LARGE, and the old one stays', async (host, raw) => {
    // Three bytes of key, seven of data.
    await host.write('键', sized(host.holds, 7))
    await refused(() => host.write('键', sized(host.holds, 8)), 'VALUE_TOO_LARGE')
    await refused(() => host.write('new', sized(host.holds, 100)), 'VALUE_TOO_LARGE')
    assert.deepEqual(await host.read('键'), sized(host.holds, 7))
    assert.deepEqual(await host.list(''), ['键'])
    assert.equal(raw.limits?.entryBytes, 10)
  }, { entryBytes: 10 })

  claim('what the store cannot hold is QUOTA_EXCEEDED, and replacing is charged the growth', async (host) => {
    await host.write('a', sized(host.holds, 49))
    await host.write('b', sized(host.holds, 40))
    await host.write('a', sized(host.holds, 58))
    await refused(() => host.write('a', sized(host.holds, 59)), 'QUOTA_EXCEEDED')
    await refused(() => host.write('c', sized(host.holds, 1)), 'QUOTA_EXCEEDED')
    assert.deepEqual(await host.read('a'), sized(host.holds, 58))
    assert.deepEqual((await host.list('')).sort(), ['a', 'b'])
    await host.remove('b')
    await host.write('c', sized(host.holds, 40))
  }, { totalBytes: 100 })

  claim('info counts the records with their keys, and forgets what is removed', async (host, raw) => {
    if (raw.info === undefined) return
    assert.deepEqual(await host.ask(raw.info()), { usedBytes: 0, limitBytes: 1000 })
    await host.write('键a', sized(host.holds, 50))
    await host.write('b', sized(host.holds, 10))
    await host.write('b', sized(host.holds, 5))
    assert.deepEqual(await host.ask(raw.info()), { usedBytes: 60, limitBytes: 1000 })
    await host.remove('键a')
    await host.remove('键a')
    assert.deepEqual(await host.ask(raw.info()), { usedBytes: 6, limitBytes: 1000 })
  }, { totalBytes: 1000 })

  claim('a batch that does not fit leaves every record as it was or as it should be', async (host, raw) => {
    if (raw.writeMany === undefined) return
    const { writeMany } = raw
    await host.write('a', sized(host.holds, 9))
    /** @type {[string, Data][]} */
    const entries = [['a', sized(host.holds, 19)], ['b', sized(host.holds, 200)], ['c', sized(host.holds, 9)]]
    await refused(() => host.ask(writeMany(entries)), 'QUOTA_EXCEEDED')
    const got = await host.read('a')
    assert.ok([9, 19].some(size => isDeepStrictEqual(got, sized(host.holds, size))))
    assert.equal(await host.read('b'), undefined)
  }, { totalBytes: 100 })

  claim('a commit that does not fit changes nothing', async (host, raw) => {
    if (raw.commit === undefined) return
    const { commit } = raw
    await host.write('a', sized(host.holds, 9))
    await host.write('b', sized(host.holds, 9))
    /** @type {[string, Data][]} */
    const writes = [['a', sized(host.holds, 19)], ['c', sized(host.holds, 95)]]
    await refused(() => host.ask(commit({ writes, removes: ['b'] })), 'QUOTA_EXCEEDED')
    assert.deepEqual((await host.list('')).sort(), ['a', 'b'])
    assert.deepEqual(await host.read('a'), sized(host.holds, 9))
    // What is removed makes room for what is written with it.
    await host.ask(commit({ writes: [['c', sized(host.holds, 85)]], removes: ['b'] }))
    assert.deepEqual((await host.list('')).sort(), ['a', 'c'])
  }, { totalBytes: 100 })
}

/**
 * A host whose answers are checked to come as it says: at once, or by a Promise.
 * @typedef {object} Asked
 * @property {Host['holds']} holds
 * @property {<T>(answer: T) => Promise<Awaited<T>>} ask
 * @property {(key: string) => Promise<Data | undefined>} read
 * @property {(key: string, data: Data) => Promise<void>} write
 * @property {(key: string) => Promise<void>} remove
 * @property {(prefix: string) => Promise<string[]>} list
 */

/** @type {(raw: AnyHost) => Asked} */
function asked(raw) {
  /** @type {Asked['ask']} */
  const ask = async answer => {
    const isPromise = typeof Object(answer).then === 'function'
    assert.equal(isPromise, !raw.immediate, `an ${raw.immediate ? 'immediate' : 'deferred'} host answers so`)
    return await answer
  }
  return {
    holds: raw.holds,
    ask,
    read: key => ask(raw.read(key)),
    write: (key, data) => ask(raw.write(key, data)),
    remove: key => ask(raw.remove(key)),
    list: prefix => ask(raw.list(prefix)),
  }
}

/** @type {(act: () => Promise<unknown>, code: string) => Promise<void>} */
async function refused(act, code) {
  await assert.rejects(async () => act(), error => {
    assert.ok(error instanceof Error)
    assert.equal(Object(error).fault, code, error.message)
    return true
  })
}

/** @type {(holds: Host['holds']) => Data[]} */
function samples(holds) {
  const texts = ['a', 'line\nbreak\r\n', '\u0000', '中文 🎉', '{"a":true}', 'x'.repeat(100_000), '\ufeff']
  if (holds === 'text') return ['', ...texts]
  // A native host may take an empty text for missing, as wx does.
  if (holds === 'native') return [...texts, 0, -1.5, true, false, null, [], {}, { a: [{ b: 1 }] }, [[], '']]
  const every = Uint8Array.from({ length: 256 }, (_, at) => at)
  const large = new Uint8Array(1_000_000).map((_, at) => at % 251)
  return [new Uint8Array(0), every, Uint8Array.of(10), Uint8Array.of(10, 10, 0), large, every.subarray(1, 9)]
}

/** @type {(holds: Host['holds'], seed: number) => Data} */
function small(holds, seed) {
  if (holds === 'bytes') return new TextEncoder().encode(`data ${seed}`)
  return holds === 'text' ? `data ${seed}` : { seed, list: [seed] }
}

/** @type {(holds: Host['holds']) => Data} */
function long(holds) {
  if (holds === 'bytes') return new Uint8Array(5000).fill(7)
  return holds === 'text' ? '7'.repeat(5000) : { deep: { list: ['7'.repeat(5000)] } }
}

/** @type {(holds: Host['holds'], size: number) => Data} */
function sized(holds, size) {
  return holds === 'bytes' ? new Uint8Array(size).fill(120) : 'x'.repeat(size)
}

/** @type {(data: unknown) => void} */
function spoil(data) {
  if (data instanceof Uint8Array) data.fill(255)
  else if (typeof data === 'object' && data !== null) Object.assign(data, { deep: 'spoilt', more: 1 })
}
