// The transport of the protocol and the server of the examples, as they meet.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rest } from '../../js/sync-transports/rest.js'
import { CLIENT, NETWORKS, OTHER, change, conditions } from './support/sync-places.js'
import { openSyncServer } from './support/sync-server.js'
import { randomOf } from './support/upload-kinds.js'

/** @typedef {import('../../js/sync-transports/transport.js').WireMutation} WireMutation */

/**
 * A server, and what its clients do.
 * @param {import('node:test').TestContext} context
 * @param {any} network
 */
async function place(context, network) {
  const server = await openSyncServer({ limits: { requestsAtOnce: 10_000, requestsPerSecond: 10_000 } })
  context.after(() => server.stop())
  const how = conditions({ network })
  const transport = rest({ url: server.url, auth: await server.token('me') })
  const push = async (/** @type {WireMutation[]} */ mutations, client = CLIENT) =>
    /** @type {any[]} */ ((await transport.push({ client, mutations }, how)).results)
  return { server, how, transport, push }
}

for (const { name, network } of NETWORKS) {
  test(`${name}: what is pushed again changes nothing twice, and gets the same answer`, async context => {
    const { how, transport, push } = await place(context, network())
    const [made] = await push([change(1, '键', 0, { x: 1, y: 1 })])
    await push([change(1, '键', made.version, { x: 2, y: 1 })], OTHER)
    const mutations = [change(2, '键', made.version, { x: 1, z: 1 }, { fields: ['y', 'z'] }),
      change(3, 'gone', 7, 1), change(4, 'gone', 7, undefined), change(5, '键2', 0, null)]
    const first = await push(mutations.slice(0, 2).concat(mutations[3] ?? []))
    assert.deepEqual(first.map(({ status }) => status), ['accepted', 'conflict', 'accepted'])
    assert.deepEqual(first[0].value, { x: 2, z: 1 })
    assert.equal(first[1].row.version, 0)
    const before = await transport.pull({ cursor: '', limit: 10 }, how)
    assert.deepEqual(await push(mutations.slice(0, 2).concat(mutations[3] ?? [])), first)
    assert.deepEqual(/** @type {any} */ (await transport.pull({ cursor: '', limit: 10 }, how)).rows,
      /** @type {any} */ (before).rows)
    assert.equal((await push([change(2, '键', made.version, 9, { hlc: 'f'.repeat(16) })]))[0].status, 'reused')
  })

  test(`${name}: of those that race for a key one is accepted, the others get the row that won`, async context => {
    const { push } = await place(context, network())
    for (let round = 0; round < 5; round += 1) {
      const ends = await Promise.all([0, 1, 2, 3].map(async device => {
        const [end] = await push([change(round + 1, `k${round}`, 0, { device })], String(device).repeat(32))
        return end
      }))
      const [winner, ...others] = ends.filter(({ status }) => status === 'accepted')
      assert.deepEqual(others, [])
      for (const end of ends.filter(one => one !== winner)) {
        assert.deepEqual([end.status, end.row.version, end.row.value],
          ['conflict', winner.version, { device: ends.indexOf(winner) }])
      }
    }
  })

  test(`${name}: pages lose nothing while others write, and the digest tells the same`, async context => {
    const { how, transport, push } = await place(context, network())
    const random = randomOf(11)
    /** @type {Map<string, number>} */
    const versions = new Map()
    let id = 0
    const write = async () => {
      const keys = [...new Set(Array.from({ length: 12 }, () => `k${Math.floor(random() * 40)}`))]
      const results = await push(keys.map(key => change(id += 1, key, versions.get(key) ?? 0,
        random() < 0.2 ? undefined : id)), OTHER)
      results.forEach(({ version }, at) => versions.set(String(keys[at]), version))
    }
    /** @type {Map<string, any>} */
    const held = new Map()
    let cursor = ''
    for (let isMore = true, round = 0; isMore || round < 12; round += 1) {
      const writing = round < 12 ? write() : undefined
      const answer = /** @type {any} */ (await transport.pull({ cursor, limit: 5 }, how))
      for (const row of answer.rows) held.set(row.key, row)
      ;({ cursor, more: isMore } = answer)
      await writing
    }
    const live = [...held.values()].filter(({ deleted }) => !deleted)
    assert.deepEqual(new Map(live.map(({ key, version }) => [key, version])),
      new Map(live.map(({ key }) => [key, versions.get(key)])))
    const told = /** @type {any} */ (await transport.digest(how))
    assert.equal(told.cursor, cursor)
    assert.equal(told.buckets.reduce((/** @type {number} */ sum, /** @type {number[]} */ [, count = 0]) =>
      sum + count, 0), live.length)
    const buckets = told.buckets.map((/** @type {number[]} */ [bucket]) => bucket)
    /** @type {string[]} */
    const keys = []
    for (let isMore = true; isMore;) {
      const page = await transport.rows({ buckets, after: keys.at(-1) ?? '', limit: 7 }, how)
      keys.push(...page.rows.map(({ key }) => key))
      isMore = page.more
    }
    assert.deepEqual(keys, live.map(({ key }) => key).sort())
  })
}

test('a wrong token is 401, an unknown cursor begins anew', async context => {
  const { server, how, transport } = await place(context, conditions().network)
  await assert.rejects(rest({ url: server.url, auth: 'wrong' }).pull({ cursor: '', limit: 5 }, how),
    { code: 'HTTP_STATUS', status: 401, message: /UNAUTHORIZED/ })
  assert.equal((await transport.pull({ cursor: 'e9.9', limit: 5 }, how)).reset, true)
})
