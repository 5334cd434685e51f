// @ts-check
/**
 * What the demo's verbs cost: how often each was called, on how many records, with how many calls of the
 * host and how much time.
 */

/** @typedef {Awaited<ReturnType<typeof import('ministash').open<true>>>} Stash */
/** @typedef {Stash['storage']} Storage */
/** @typedef {{ verb: string, operations: number, records: number, hostCalls: number, ms: number }} Row */

/** The costs of a run, verb by verb, in the order in which they were first called. */
export class Tally {
  /** @type {Map<string, Row>} */
  #rows = new Map()

  /** @returns {Row[]} */
  get rows() {
    return [...this.#rows.values()]
  }

  /** @returns {Row} */
  get total() {
    const sum = { verb: 'in all', operations: 0, records: 0, hostCalls: 0, ms: 0 }
    for (const { operations, records, hostCalls, ms } of this.rows) {
      add(sum, operations, records, hostCalls, ms)
    }
    return sum
  }

  /**
   * Counts one operation.
   * @param {string} verb
   * @param {{ records: number, hostCalls: number, ms: number }} cost
   */
  note(verb, { records, hostCalls, ms }) {
    const row = this.#rows.get(verb) ?? { verb, operations: 0, records: 0, hostCalls: 0, ms: 0 }
    this.#rows.set(verb, row)
    add(row, 1, records, hostCalls, ms)
  }

  /**
   * A storage that works as the one given, and whose immediate verbs are counted, refused ones too.
   * @param {Stash} stash
   * @param {Storage} storage
   * @returns {Storage}
   */
  metered(stash, storage) {
    return new Proxy(storage, {
      get: (target, name) => {
        const member = Reflect.get(target, name, target)
        if (typeof member !== 'function') return member
        if (typeof name !== 'string' || !name.endsWith('Sync')) return member.bind(target)
        return (/** @type {unknown[]} */ ...args) => {
          const start = performance.now()
          const { hostCalls } = stash
          let records = 1
          try {
            const result = member.apply(target, args)
            records = recordsOf(name, args, result)
            return result
          } finally {
            const ms = performance.now() - start
            this.note(name.slice(0, -'Sync'.length), { records, hostCalls: stash.hostCalls - hostCalls, ms })
          }
        }
      },
    })
  }
}

/** @type {(row: Row, operations: number, records: number, hostCalls: number, ms: number) => void} */
function add(row, operations, records, hostCalls, ms) {
  row.operations += operations
  row.records += records
  row.hostCalls += hostCalls
  row.ms += ms
}

/** @type {(verb: string, args: any[], result: any) => number} */
function recordsOf(verb, args, result) {
  if (Array.isArray(result)) return result.length
  if (verb !== 'setManySync') return 1
  return args[0].size ?? args[0].length ?? Object.keys(args[0]).length
}
