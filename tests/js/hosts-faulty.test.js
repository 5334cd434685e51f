// The wrapper that the fault tests stand on does what it says, on immediate and on deferred hosts.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from '../../js/hosts/memory.js'
import { cutAt, faulty, lateBy, loseAt, refuseAt } from '../../js/testing/faulty.js'
import { PowerCut } from '../../js/testing/power-cut.js'

/** @type {[string, string][]} */
const ENTRIES = [['a', '1'], ['b', '2'], ['c', '3']]

for (const immediate of [true, false]) {
  const style = immediate ? 'immediate' : 'deferred'

  test(`every call is counted with its keys and parts (${style})`, async () => {
    const { host, calls } = faulty(memory({ immediate, atomic: true }))
    await host.write('a', '1')
    await host.writeMany?.(ENTRIES)
    await host.commit?.({ writes: [['a', '2']], removes: ['b'] })
    await host.witness?.write('seen')
    assert.deepEqual(calls.map(({ number, verb, keys, parts }) => [number, verb, keys.join(), parts]), [
      [1, 'write', 'a', 1], [2, 'writeMany', 'a,b,c', 3], [3, 'commit', 'a,b', 1], [4, 'writeWitness', '', 1],
    ])
  })

  test(`a call is refused with the fault asked for, done or not done (${style})`, async () => {
    const control = faulty(memory({ immediate }), { plan: refuseAt(2, 'QUOTA_EXCEEDED') })
    await control.host.write('a', '1')
    await assert.rejects(async () => control.host.write('a', '2'), { fault: 'QUOTA_EXCEEDED' })
    assert.equal(await control.host.read('a'), '1')
    control.expect(refuseAt(1, 'HOST_FAILED', true))
    await assert.rejects(async () => control.host.write('a', '3'), { fault: 'HOST_FAILED' })
    assert.equal(await control.host.read('a'), '3')
  })

  test(`a cut comes before a call or within a batch, and then all is dark (${style})`, async () => {
    const cases = /** @type {const} */ ([[false, []], [2, ['a', 'b']], [true, ['a', 'b', 'c']]])
    for (const [applied, there] of cases) {
      const { host, inner, calls } = faulty(memory({ immediate }), { plan: cutAt(2, applied) })
      await host.list('')
      await assert.rejects(async () => host.writeMany?.(ENTRIES), PowerCut)
      await assert.rejects(async () => host.read('a'), PowerCut)
      await assert.rejects(async () => host.write('z', '1'), PowerCut)
      assert.deepEqual(await inner.list(''), there)
      assert.equal(calls.length, 2)
    }
  })

  test(`a lost write is answered and never done (${style})`, async () => {
    const { host } = faulty(memory({ immediate }), { plan: loseAt(1) })
    await host.write('a', '1')
    assert.equal(await host.read('a'), undefined)
  })

  test(`after a cut the same data are there for a new wrapper (${style})`, async () => {
    const inner = memory({ immediate })
    const before = faulty(inner, { plan: cutAt(2) })
    await before.host.open?.()
    await before.host.write('a', '1')
    await assert.rejects(async () => before.host.write('a', '2'), PowerCut)
    await inner.close?.()
    const after = faulty(inner)
    await after.host.open?.()
    assert.equal(await after.host.read('a'), '1')
  })
}

test('late calls overtake each other, the same way for the same seed', async () => {
  const run = async (/** @type {number} */ seed) => {
    const { host } = faulty(memory({ immediate: false }), { before: lateBy(seed), after: lateBy(seed + 1) })
    /** @type {number[]} */
    const order = []
    await Promise.all(Array.from({ length: 8 }, async (_, at) => {
      await host.write('key', String(at))
      order.push(at)
    }))
    return JSON.stringify([order, await host.read('key')])
  }
  const [one, again] = [await run(7), await run(7)]
  assert.equal(one, again)
  assert.notEqual(one, '[[0,1,2,3,4,5,6,7],"7"]')
})

test('what is on its way when the power goes never arrives; what has arrived is not answered', async () => {
  const inner = memory({ immediate: false })
  let go = () => {}
  const gate = new Promise(resolve => { go = () => { resolve(undefined) } })
  const { host } = faulty(inner, {
    plan: cutAt(3),
    before: async call => { if (call.number === 1) await gate },
    after: async call => { if (call.number === 2) await gate },
  })
  const writes = [host.write('a', '1'), host.write('b', '2'), host.write('c', '3')]
  const ends = writes.map(end => assert.rejects(end, PowerCut))
  await ends[2]
  go()
  await Promise.all(ends)
  assert.deepEqual(await inner.list(''), ['b'])
})
