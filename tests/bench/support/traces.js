// Traces of what apps ask for, seeded: Zipf alone, with scans, loops, drift, and all of them in turn.
// @ts-check

/** Seeded: SplitMix32, as a fraction of one. @param {number} seed */
export function random(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 0x100000000
  }
}

/**
 * Draws numbers below `count`, the lower the likelier: the i-th with a weight of 1 / i ** skew.
 * @param {number} count
 * @param {number} skew
 * @param {() => number} draw
 */
export function zipf(count, skew, draw) {
  const sums = new Float64Array(count)
  let sum = 0
  for (let rank = 0; rank < count; rank += 1) sums[rank] = sum += 1 / (rank + 1) ** skew
  return () => {
    const wanted = draw() * sum
    let [low, high] = [0, count - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (sums[middle] < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** @typedef {{ name: string, keys: Uint32Array, capacity: number }} Trace */

const LENGTH = Number(process.env.MINISTASH_BENCH_TRACE ?? 400_000)
const CAPACITY = 2000
const KEYS = 40_000

/** @returns {Trace[]} */
export function traces() {
  const draw = random(20261121)
  const popular = zipf(KEYS, 0.9, draw)
  let fresh = 1_000_000
  const scans = (/** @type {number} */ at) => at % 10_000 < 4000 ? fresh += 1 : popular()
  const loop = (/** @type {number} */ at) => 500_000 + at % (CAPACITY * 1.5)
  const drift = (/** @type {number} */ at) => (popular() + Math.floor(at / 40)) % KEYS
  /** @type {[string, (at: number) => number][]} */
  const kinds = [
    ['Zipf 0.9', () => popular()],
    ['Zipf with scans', scans],
    ['one-off keys among Zipf', () => draw() < 0.5 ? fresh += 1 : popular()],
    ['loop, 1.5 times as large', loop],
    ['loop and Zipf', at => draw() < 0.5 ? loop(at) : popular()],
    ['drift', drift],
    ['recent keys', at => Math.max(0, at - Math.floor(-Math.log(1 - draw()) * CAPACITY / 2)) + 2_000_000],
    ['each in turn', at => [scans, loop, drift, () => popular()][Math.floor(at / 50_000) % 4](at)],
  ]
  return kinds.map(([name, key]) => {
    const keys = Uint32Array.from({ length: LENGTH }, (_, at) => key(at))
    return { name, capacity: CAPACITY, keys }
  })
}
