/** Orders composite keys column by column, as an index does: who takes locks in this order never waits in a circle. */
export function compareKeys(a: readonly number[], b: readonly number[]): number {
  const n = a.findIndex((value, at) => value !== b[at])
  return n < 0 ? 0 : (a[n] ?? 0) - (b[n] ?? 0)
}
