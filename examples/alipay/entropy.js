// 32 random bytes for the stash, which Alipay does not give. The server draws them.
const { server } = require('./config')

const BYTES = 32

function entropy() {
  return new Promise(resolve => {
    my.request({
      url: `${server}/entropy`, dataType: 'json', timeout: 2000,
      success: ({ data }) => resolve(Uint8Array.from(data)),
      fail: () => resolve(guessable())
    })
  })
}

/**
 * For versions and names of devices, where it is enough that no two are the same. Whoever encrypts must not
 * have it: reject instead, and open again when the server is there.
 */
function guessable() {
  const bytes = new Uint8Array(BYTES)
  for (let at = 0; at < BYTES; at += 1) bytes[at] = Math.random() * 256
  return bytes
}

module.exports = { entropy }
