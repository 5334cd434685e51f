// @ts-check
/** A tus server in a process of its own: the folder of its files and its port are its arguments. */

import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'

const [directory = '', port = ''] = process.argv.slice(2)
const server = new Server({ path: '/files', relativeLocation: true, datastore: new FileStore({ directory }) })
server.listen(Number(port), '127.0.0.1', () => console.log('ready'))
