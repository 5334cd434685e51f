// The mini-program opens one stash, and every page uses it.
const { form, open, rest } = require('ministash')
const { server } = require('./config')
const { journalOf } = require('./journal')

App({
  onLaunch() {
    // Finds `wx` and the core by itself. The promise is kept, so that a page may come before it.
    this.opening = this.open()
    this.opening.catch(error => {
      wx.showModal({ title: error.code, content: `${error.message}\n${error.remedy}`, showCancel: false })
    })
  },

  async open() {
    const stash = await open({
      cache: { persist: true },
      // Without a network, or if the server fails, an old guide is better than none.
      http: { staleIfError: '30d', staleIfOffline: '30d' },
      // A photo is tried for hours: the server may be away, and so may the person.
      uploads: { transport: form({ url: `${server}/photos` }), retry: { attempts: 100, cap: '5m' } },
      sync: { transport: rest({ url: `${server}/sync` }), namespace: 'journal', conflict: 'merge' },
    })
    stash.sync.start()
    return journalOf(stash)
  },

  /** The journal, once it is open. */
  journal() {
    return this.opening
  }
})
