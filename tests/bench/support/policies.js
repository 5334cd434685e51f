// The other rules of who leaves, for the bench of hit ratios: as plain as they can be written, for they are
// judged by what they find, not by how fast.
// @ts-check

/** A cache of keys: tells whether it held the key that was asked for, and takes it in. */
/** @typedef {{ name: string, access: (key: string) => boolean }} Policy */

/** S3-FIFO (Yang, Zhang, Qiu, Yue and Rashmi, 2023): a small queue, a main one, and ghosts. */
/** @param {number} capacity @returns {Policy} */
export function s3Fifo(capacity) {
  const smallMax = Math.max(1, Math.floor(capacity / 10))
  const mainMax = capacity - smallMax
  /** @type {Map<string, number>} */
  const small = new Map()
  /** @type {Map<string, number>} */
  const main = new Map()
  /** @type {Set<string>} */
  const ghosts = new Set()
  const first = (/** @type {Iterable<any>} */ all) => all[Symbol.iterator]().next().value
  const evictMain = () => {
    for (;;) {
      const [key, uses] = first(main)
      main.delete(key)
      if (uses === 0) return
      main.set(key, uses - 1)
    }
  }
  const evictSmall = () => {
    const [key, uses] = first(small)
    small.delete(key)
    if (uses > 1) {
      if (main.size >= mainMax) evictMain()
      main.set(key, 0)
      return
    }
    ghosts.add(key)
    if (ghosts.size > mainMax) ghosts.delete(first(ghosts))
  }
  return {
    name: 'S3-FIFO',
    access(key) {
      for (const queue of [small, main]) {
        const uses = queue.get(key)
        if (uses !== undefined) {
          queue.set(key, Math.min(uses + 1, 3))
          return true
        }
      }
      while (small.size + main.size >= capacity) {
        if (small.size >= smallMax || main.size === 0) evictSmall()
        else evictMain()
      }
      if (ghosts.delete(key)) main.set(key, 0)
      else small.set(key, 0)
      return false
    },
  }
}

/**
 * Window TinyLFU as its paper has it (Einziger, Friedman and Manes, 2017), with counters that are exact: a
 * window of a hundredth, and a main part of two, four fifths of which are for what was used again.
 * @param {number} capacity
 * @returns {Policy}
 */
export function windowTinyLfu(capacity) {
  const windowMax = Math.max(1, Math.floor(capacity / 100))
  const protectedMax = Math.floor((capacity - windowMax) * 0.8)
  /** @type {Map<string, number>} */
  const counts = new Map()
  let counted = 0
  /** @type {Set<string>[]} Each in the order of use. */
  const [window, probation, safe] = [new Set(), new Set(), new Set()]
  const first = (/** @type {Set<string>} */ all) => String(all[Symbol.iterator]().next().value)
  const count = (/** @type {string} */ key) => {
    counts.set(key, Math.min((counts.get(key) ?? 0) + 1, 15))
    counted += 1
    if (counted < capacity * 10) return
    counted /= 2
    for (const [old, uses] of counts) {
      if (uses > 1) counts.set(old, uses >> 1)
      else counts.delete(old)
    }
  }
  const use = (/** @type {string} */ key) => {
    if (window.delete(key)) return window.add(key)
    if (!probation.delete(key) && !safe.delete(key)) return undefined
    safe.add(key)
    if (safe.size > protectedMax) {
      const coldest = first(safe)
      safe.delete(coldest)
      probation.add(coldest)
    }
    return safe
  }
  return {
    name: 'W-TinyLFU',
    access(key) {
      count(key)
      if (use(key)) return true
      window.add(key)
      if (window.size <= windowMax) return false
      const candidate = first(window)
      window.delete(candidate)
      const isFull = window.size + probation.size + safe.size >= capacity
      const victim = probation.size > 0 ? first(probation) : first(safe)
      const isWorthMore = (counts.get(candidate) ?? 0) > (counts.get(victim) ?? 0)
      if (isFull && !isWorthMore) return false
      if (isFull && !probation.delete(victim)) safe.delete(victim)
      probation.add(candidate)
      return false
    },
  }
}

/**
 * The offline optimum (Belady, 1966): whoever is asked for last leaves, newcomers included.
 * @param {Uint32Array} trace
 * @param {number} capacity
 * @returns {number} Hits.
 */
export function optimum(trace, capacity) {
  const next = new Float64Array(trace.length)
  const seen = new Map()
  for (let at = trace.length - 1; at >= 0; at -= 1) {
    next[at] = seen.get(trace[at]) ?? Infinity
    seen.set(trace[at], at)
  }
  /** @type {Map<number, number>} When each held key is asked for next. */
  const held = new Map()
  // A heap of [next use, key], the latest first; entries that are no longer true are passed over.
  /** @type {[number, number][]} */
  const heap = []
  let hits = 0
  for (let at = 0; at < trace.length; at += 1) {
    const key = trace[at]
    if (held.has(key)) hits += 1
    held.set(key, next[at])
    push(heap, [next[at], key])
    while (held.size > capacity) {
      const [use, candidate] = pop(heap)
      if (held.get(candidate) === use) held.delete(candidate)
    }
  }
  return hits
}

/** @param {[number, number][]} heap @param {[number, number]} item */
function push(heap, item) {
  let at = heap.push(item) - 1
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (heap[parent][0] >= item[0]) break
    heap[at] = heap[parent]
    at = parent
  }
  heap[at] = item
}

/** @param {[number, number][]} heap @returns {[number, number]} */
function pop(heap) {
  const top = heap[0]
  const last = /** @type {[number, number]} */ (heap.pop())
  if (heap.length === 0) return top
  let at = 0
  for (;;) {
    let child = at * 2 + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && heap[child + 1][0] > heap[child][0]) child += 1
    if (heap[child][0] <= last[0]) break
    heap[at] = heap[child]
    at = child
  }
  heap[at] = last
  return top
}
