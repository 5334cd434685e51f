// A process of its own for the tests of the folder host: it does as its first argument says, on the folder
// of its second. What it tells goes line by line to its output.
// @ts-check
import fs from 'node:fs'
import { join } from 'node:path'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { takeLock } from '../../../js/hosts/node-lock.js'
import { node } from '../../../js/hosts/node.js'
import { dieBefore } from './host-death.js'
import { playDead, wholeData } from './host-process.js'

const [role = '', dir = '', ...rest] = isMainThread ? process.argv.slice(2) : workerData

/** @param {string} text */
const tell = text => {
  if (isMainThread) fs.writeSync(1, `${text}\n`)
  else parentPort?.postMessage(text)
}

/** @type {Record<string, () => unknown>} */
const roles = {
  // Opens the folder, tells so, and holds it until killed.
  async hold() {
    const host = node({ dir })
    await host.open?.()
    tell('holding')
    setInterval(() => {}, 1000)
  },

  // Tries to open the folder and tells what came of it.
  async try() {
    const host = node({ dir })
    try {
      await host.open?.()
      await host.close?.()
      tell('opened')
    } catch (error) {
      tell(`${Object(error).fault}: ${Object(error).message}`)
    }
  },

  // The same in a worker thread of this process.
  tryInWorker() {
    const worker = new Worker(new URL(import.meta.url), { workerData: ['try', dir] })
    worker.on('message', tell)
  },

  // Writes records for ever, telling each number once it is answered.
  async writeForEver() {
    const [mode, first = '0'] = rest
    const host = node({ dir, immediate: mode === 'immediate' })
    await host.open?.()
    for (let number = Number(first); ; number++) {
      const keys = number % 3 === 0 ? ['a', 'b', 'c'] : ['a', 'k'.repeat(300)]
      await host.writeMany?.(keys.map(key => [key, wholeData(key, number)]))
      tell(String(number))
    }
  },

  // Opens the folder and kills itself before its n-th file system call; if it lives, tells how many.
  async dieOpening() {
    const count = dieBefore(Number(rest[0]))
    await node({ dir }).open?.()
    tell(String(count()))
  },

  // Writes over records and kills itself before its n-th file system call; if it lives, tells how many.
  async dieWriting() {
    const host = node({ dir })
    await host.open?.()
    const count = dieBefore(Number(rest[0]))
    host.writeMany?.(['a', 'b', 'k'.repeat(300)].map(key => [key, wholeData(key, 2)]))
    host.remove('gone')
    tell(String(count()))
  },

  // Takes part in rounds for a lock: at each line of input tries it once and tells the result, then lets go.
  race() {
    let release = () => {}
    process.stdin.setEncoding('utf8').on('data', commands => {
      for (const command of String(commands).split('\n')) {
        if (command === 'take') {
          try {
            release = takeLock(dir)
            tell('won')
          } catch (error) {
            tell(Object(error).fault === 'BUSY' ? 'busy' : `failed: ${Object(error).stack}`)
          }
        }
        if (command === 'release') {
          release()
          release = () => {}
          tell('released')
        }
      }
    })
    tell('ready')
  },

  // Takes the lock over and over among others; inside, nobody else may be. Half the time it plays dead: it
  // leaves its claim behind under the name of a process that is no more.
  storm() {
    const [dead = 0, wins = 0] = rest.map(Number)
    const inside = join(dir, 'inside')
    let state = process.pid
    for (let won = 0; won < wins;) {
      /** @type {() => void} */
      let release
      try {
        release = takeLock(dir)
      } catch (error) {
        if (Object(error).fault !== 'BUSY') throw error
        continue
      }
      won += 1
      fs.writeFileSync(inside, String(process.pid), { flag: 'wx' })
      fs.unlinkSync(inside)
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      if (state >>> 31 === 0) release()
      else playDead(dir, dead)
    }
    tell('done')
  },
}

await roles[role]?.()
