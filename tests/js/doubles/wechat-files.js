// @ts-check
/**
 * A double of the file systems of mini-programs, of WeChat's if nothing else is said: at once and by
 * callbacks in a later task, with the texts and numbers of each. It dies and refuses as the double of the
 * storage does, and leaves a part of what was being written. See what is known in src/docs/hosts.md.
 */

import { FILE_PLACES } from './files-words.js'
import { FileDisk, FileRefusal } from './files-disk.js'
import { PowerCut } from '../../../js/testing/power-cut.js'

/** @import { Call, Plan } from '../../../js/testing/wechat.js' */
/** @typedef {ReturnType<typeof wechatFiles>} FilesDouble */

/**
 * @typedef {object} FilesOptions
 * @property {import('./files-words.js').FilePlace} [place] Default 'wechat'.
 * @property {string} [baseLibrary] Default '3.5.0'.
 * @property {Map<string, Uint8Array>} [files] The files of an earlier run.
 * @property {number} [totalLimit] In place of the place's own.
 * @property {Plan} [plan] What happens to which call.
 */

/** What the arguments of a call that answers at once are called, and where its answer lies otherwise. */
const ARGUMENTS = /** @type {Record<string, [names: string[], answer?: string]>} */ ({
  stat: [['path', 'recursive'], 'stats'], readFile: [['filePath', 'encoding', 'position', 'length'], 'data'],
  writeFile: [['filePath', 'data', 'encoding']], copyFile: [['srcPath', 'destPath']],
  rename: [['oldPath', 'newPath']], unlink: [['filePath']], mkdir: [['dirPath', 'recursive']],
  readdir: [['dirPath'], 'files'],
})
const CHANGES = /^(writeFile|copyFile|rename|unlink|mkdir)/
const REASONS = Object.freeze({ quota: 'quota', entry: 'quota' })

/**
 * Makes the parts of a `wx`, and the files beneath, which outlive it: give them to the next one.
 * @param {FilesOptions} [options]
 */
export function wechatFiles(options = {}) {
  const { baseLibrary = '3.5.0', files = new Map() } = options
  const { disk: kind, told, env, isReturning } = FILE_PLACES[options.place ?? 'wechat']
  const { totalLimit = kind.totalLimit } = options
  const disk = new FileDisk({ ...kind, totalLimit }, files, baseLibrary)
  let plan = options.plan
  let die = () => {}
  /** @type {Promise<'cut'>} */
  const died = new Promise(resolve => { die = () => resolve('cut') })
  let temporary = 0

  const double = {
    wx: /** @type {any} */ ({ ...env(kind.root), getFileSystemManager: () => manager }),
    files,
    /** @type {Call[]} */
    calls: [],
    isCut: false,
    died,
    used: () => disk.used(),
    /** Takes another plan; calls count from 1 again. @param {Plan} [next] */
    expect(next) {
      plan = next
      double.calls = []
    },
    /** The person, or the system, clears the files. */
    wipe() {
      files.clear()
      disk.folders = new Set([kind.root])
    },
    /** The process dies without a call. */
    cut() {
      double.isCut = true
      die()
    },
    /** A file as `wx.chooseMedia` gives it. @param {Uint8Array} bytes @param {string} [ending] */
    choose(bytes, ending = 'jpg') {
      temporary += 1
      const path = `http://tmp/chosen-${temporary}.${ending}`
      files.set(path, bytes)
      return path
    },
    /** WeChat deletes the temporary files, as at the end of a session. */
    forget() {
      for (const path of [...files.keys()]) if (!path.startsWith(kind.root)) files.delete(path)
    },
  }

  /** @type {(name: string, api: string, args: any) => any} */
  const perform = (name, api, args) => {
    if (double.isCut) throw new PowerCut()
    const parts = disk.partsOf(name)
    /** @type {(part: number) => any} */
    const act = part => /** @type {any} */ (disk)[name](args, parts === 1 ? undefined : part)
    const [names = []] = ARGUMENTS[name] ?? []
    const keys = names.filter(argument => /path/i.test(argument)).map(argument => args[argument])
    const call = { number: double.calls.length + 1, api, keys, parts }
    double.calls.push(call)
    const mishap = plan?.(call)
    if (mishap === undefined) return act(parts)
    if ('lose' in mishap) return CHANGES.test(name) ? undefined : act(parts)
    const applied = mishap.applied === true ? parts : Number(mishap.applied ?? 0)
    try {
      if (applied > 0) act(applied)
    } catch {
      // Whatever the call itself would say is not heard.
    }
    if ('refuse' in mishap) {
      throw new FileRefusal(/** @type {Record<string, 'quota'>} */ (REASONS)[mishap.refuse] ?? 'io', keys[0])
    }
    double.cut()
    throw new PowerCut()
  }

  /** @type {(name: string, given: any[]) => any} */
  const callNow = (name, given) => {
    const [names, answer] = ARGUMENTS[name] ?? [[]]
    const args = isReturning && typeof given[0] === 'object' ? given[0]
      : Object.fromEntries(names.map((argument, at) => [argument, given[at]]))
    try {
      const done = perform(name, `${name}Sync`, args)
      return isReturning ? { success: true, ...(answer ? { [answer]: done } : {}) } : done
    } catch (error) {
      if (!(error instanceof FileRefusal)) throw error
      const refusal = /** @type {any} */ (told(`${name}Sync`, error))
      if (isReturning) return refusal
      throw Object.assign(new Error(refusal.errMsg ?? refusal.message), refusal)
    }
  }

  /** @type {(name: string, given: any) => void} */
  const callLater = (name, { success, fail, complete, ...args }) => {
    setImmediate(() => {
      const [, answer] = ARGUMENTS[name] ?? []
      /** @type {any} */
      let outcome
      try {
        const done = perform(name, name, args)
        outcome = { errMsg: `${name}:ok`, ...(answer ? { [answer]: done } : {}) }
        success?.(outcome)
      } catch (error) {
        // Nobody is called back in a process that is dead.
        if (error instanceof PowerCut) return
        if (!(error instanceof FileRefusal)) throw error
        outcome = told(name, error)
        fail?.(outcome)
      }
      complete?.(outcome)
    })
  }

  const manager = Object.fromEntries(Object.keys(ARGUMENTS).flatMap(name => [
    [`${name}Sync`, (/** @type {any[]} */ ...given) => callNow(name, given)],
    [name, (/** @type {any} */ args) => callLater(name, args)],
  ]))
  return double
}
