// A strict TypeScript consumer: compiled, never run. Each `@ts-expect-error` is a promise of the types.

import { StorageError, defineHost, memory, node, open, robust } from '../../../js/index.js'
import type { ErrorCode, Host, Info, Meta, Stash, StorageManager, WatchEvent } from '../../../js/index.js'

/** What users name in their own code. */
export interface Named {
  host: Host<true>, info: Info, meta: Meta, stash: Stash<true>, storage: StorageManager, event: WatchEvent, code: ErrorCode
}

interface User { name: string, age?: number }

export async function immediate(): Promise<void> {
  const stash = await open({ host: memory() })
  const { storage } = stash
  storage.setSync('user', { name: 'John' }, { ttl: '1d', compress: true })
  const user: User | undefined = storage.getSync<User>('user')
  const sure: User = storage.getSync('user', { name: 'nobody' })
  const count: number = storage.incrementSync('count')
  const names: string[] = storage.namespace('a').namespace('b').keysSync({ prefix: user?.name, limit: count })
  const found: (User | undefined)[] = await storage.getMany<User>(names)
  const updated: number = await storage.update<number>('n', async (current) => (current ?? 0) + 1)
  const end: () => void = storage.watch({ prefix: 'u' }, (event) => {
    if (event.type === 'wiped') throw event.error
    // @ts-expect-error an event cannot be changed
    event.key = sure.name
  })
  end()
  const error: StorageError | null = stash.wiped
  const recovery: 'none' | 'finished' | 'quarantined' = stash.recovery
  // @ts-expect-error the options are closed
  storage.setSync('user', 1, { tll: 1 })
  // @ts-expect-error a TTL is a number or a duration
  storage.setSync('user', 1, { ttl: 'soon' })
  // @ts-expect-error touch needs a TTL
  await storage.touch('user', {})
  // @ts-expect-error where the verbs work is nobody's business
  void storage.space
  // @ts-expect-error no option of this name
  await open({ hots: memory() })
  stash.flushSync()
  await stash.close()
  void [found, updated, error, recovery]
}

export async function detected(): Promise<void> {
  using stash = await open()
  stash.storage.setSync('key', 1)
  const other = await open({ host: node({ dir: 'data' }), clock: () => 1, entropy: async () => new Uint8Array(32) })
  other.storage.setManySync(new Map([['a', 1]]))
}

export async function deferred(): Promise<void> {
  const stash = await open({ host: memory({ immediate: false }) })
  await stash.storage.set('key', 1)
  const value: number = await stash.storage.get('key', 7)
  // @ts-expect-error a deferred host has no twins
  stash.storage.setSync('key', value)
  // @ts-expect-error nor have its namespaces
  stash.storage.namespace('n').getSync('key')
}

export async function own(): Promise<void> {
  const map = new Map<string, string>()
  const host = defineHost({
    name: 'map',
    immediate: true,
    holds: 'text',
    read: (key: string) => map.get(key),
    write: (key: string, data) => { map.set(key, String(data)) },
    remove: (key: string) => { map.delete(key) },
    list: (prefix: string) => [...map.keys()].filter((key) => key.startsWith(prefix)),
  })
  const stash = await open({ host })
  stash.storage.setSync('key', 1)
  void robust(stash.storage, { onError: (error) => { if (error instanceof StorageError) console.log(error.remedy) } })
}
