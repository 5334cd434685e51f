// The mini-program opens one stash, and every page uses it.
const { open } = require('ministash')

App({
  onLaunch() {
    // Finds `wx` and the core by itself. The promise is kept, so that a page may come before it.
    this.opening = open()
    this.opening.catch(error => {
      wx.showModal({ title: error.code, content: `${error.message}\n${error.remedy}`, showCancel: false })
    })
  },

  /** The storage, once it is open. */
  storage() {
    return this.opening.then(stash => stash.storage)
  }
})
