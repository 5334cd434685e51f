// The mini-program opens one stash, and every page uses it.
const { open, rest } = require('ministash/miniprogram_dist/index.js')
const { plain } = require('ministash/miniprogram_dist/plain.js')
const { server } = require('./config')
const { entropy } = require('./entropy')
const { journalOf } = require('./journal')

App({
  onLaunch() {
    // Finds `my` by itself. There is no WebAssembly in Alipay: `plain` is the core in plain JavaScript.
    this.opening = this.open()
    this.opening.catch(error => {
      my.alert({ title: error.code, content: `${error.message}\n${error.remedy}` })
    })
  },

  async open() {
    const stash = await open({
      plain,
      entropy,
      // Without a network, or if the server fails, an old guide is better than none.
      http: { staleIfError: '30d', staleIfOffline: '30d' },
      sync: { transport: rest({ url: `${server}/sync` }), namespace: 'journal', conflict: 'merge' }
    })
    stash.sync.start()
    return journalOf(stash)
  },

  /** The journal, once it is open. */
  journal() {
    return this.opening
  }
})
