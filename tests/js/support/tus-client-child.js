// @ts-check
/**
 * An app in a process of its own whose queue uploads one file by tus: the endpoint, the file and the folder
 * of the store are its arguments. Whatever process began it, the queue of this one goes on; it ends when the
 * file has arrived.
 */

import { node } from '../../../js/hosts/node.js'
import { open } from '../../../js/open.js'
import { tus } from '../../../js/uploads/tus.js'

const [endpoint = '', file = '', dir = ''] = process.argv.slice(2)
const stash = await open({ host: node({ dir }), uploads: { transport: tus({ endpoint }),
  retry: { attempts: 100, base: 200, cap: 400 }, stallTimeout: 5000 } })
const { uploads } = stash
const [known, ...others] = uploads.list()
if (others.length > 0) throw new Error('there are two items of one file')
const upload = known ? uploads.get(known.id)?.promise : uploads.uploadFile(file, 'films/film.mp4')
console.log('ready')
for (let next = upload; next;) {
  try {
    await next
    break
  } catch {
    // So often the server was away that the queue gave up: a person would have it tried anew.
    const [{ id, state }] = uploads.list()
    if (state !== 'failed') throw new Error(`expected an item that failed, got one that is ${state}`)
    console.log('failed')
    next = uploads.retry(id)
  }
}
await stash.close()
console.log('done')
