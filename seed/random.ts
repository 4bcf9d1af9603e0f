/** Numbers from 0 up to, but not including, 1. */
export type Random = () => number

/** Mulberry32: the same numbers for the same seed. */
export function generator(seed: number): Random {
  let state = (seed * 2_654_435_761 + 1) | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A whole number from 0 up to, but not including, `end`. */
export const below = (random: Random, end: number): number => Math.floor(random() * end)

/** A copy in random order (Fisher and Yates). */
export function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const left = [...items]
  return items.flatMap(() => left.splice(below(random, left.length), 1))
}

/**
 * Draws `count` different numbers below `total`, the heavier ones more often: each gets an exponential time with its
 * weight as the rate, and the earliest are taken (Efraimidis and Spirakis). A larger count only adds to a smaller one.
 *
 * @param weight from 0 (only when nothing else is left) to Infinity (before everything else)
 * @returns the drawn numbers, first drawn first
 */
export function draw(total: number, count: number, weight: (each: number) => number, random: Random): number[] {
  // The addend keeps both ends out: a time of 0 would have no quotient with a weight of 0.
  const times = Float64Array.from({ length: total }, (_, each) => -Math.log(random() + 2 ** -33) / weight(each))
  const order = Uint32Array.from(times.keys())
  order.sort((a, b) => compare(times[a] ?? 0, times[b] ?? 0) || a - b)
  return [...order.subarray(0, count)]
}

// Two infinite times have no difference.
const compare = (a: number, b: number) => (a === b ? 0 : a < b ? -1 : 1)
