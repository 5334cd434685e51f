// A mini-program that uses the package with the types that WeChat's projects have. Compiled by a test, never run.
import { bySize, cloud, cloudDatabase, form, guideRest, open, rest, wechat, wechatFiles } from 'ministash'
import type { Info, Stash, StorageManager, SyncTransport } from 'ministash'

let stash: Stash<true> | undefined

App<{ storage(): Promise<StorageManager> }>({
  async onLaunch() {
    stash = await open({ host: wechat(wx), wasm: '/sub/core.wasm.br' })
    stash.storage.setSync('user', { name: 'John' }, { ttl: '1d' })
    const later: Stash<false> = await open({ host: wechat(wx, { deferred: true }) })
    await later.storage.set('a', 1)
    // @ts-expect-error -- a host that answers later has no verbs with `Sync`
    later.storage.setSync('a', 1)
    const files: Stash<false> = await open({ host: wechatFiles(wx, { name: 'films', deferred: true }) })
    await files.storage.set('a', 1)
    const both = await open({ host: bySize({ small: wechat(wx), large: wechatFiles(wx), from: 1e5 }) })
    both.storage.setSync('a', 1)
    const mixed = await open({ host: bySize({ small: wechat(wx), large: wechatFiles(wx, { deferred: true }) }) })
    // @ts-expect-error -- one of both answers later
    mixed.storage.setSync('a', 1)
    // @ts-expect-error -- the global is asked for, not its name
    wechat('wx')
    const remote = cloud(wx.cloud)
    const { fileList } = await remote.getTempFileURL([{ fileID: 'cloud://a/b', maxAge: 60 }, 'cloud://a/c'])
    const url: string | undefined = fileList[0]?.tempFileURL
    form({ url: url ?? 'https://example.com', header: ({ attempt }) => ({ 'X-Attempt': String(attempt) }) })
    // @ts-expect-error -- a list is given, not one
    await remote.deleteFile('cloud://a/b')
    // @ts-expect-error -- there is no such option
    wechat(wx, { delayed: true })
    const transports: SyncTransport[] = [
      cloudDatabase(wx.cloud.database(), { collection: 'notes', overlap: '10s' }),
      rest({ url: 'https://example.com/sync', auth: async ({ isRefused }) => isRefused ? undefined : 'token' }),
      guideRest({ url: 'https://example.com', timestamps: 'server' }),
    ]
    // @ts-expect-error -- the address of the server is missing
    rest({ auth: 'token' })
    // @ts-expect-error -- a duration is a number or has a unit
    cloudDatabase(wx.cloud.database(), { overlap: 'soon' })
    await transports[0]?.pull({ cursor: '', limit: 1 }, { signal: new SmallSignal(), timeoutMs: 1000,
      network: undefined, now: Date.now, read: async () => undefined })
  },
  onHide() {
    if (stash) stash.flushSync()
  },
  async storage() {
    if (!stash) throw new Error('not open')
    return stash.storage
  },
})

class SmallSignal {
  aborted = false
  reason = undefined
  addEventListener() {}
  removeEventListener() {}
}

Page({
  data: { used: 0 },
  onLoad() {
    const info: Info | undefined = stash?.storage.getInfoSync()
    this.setData({ used: info?.usedBytes ?? 0 })
  },
})
