/** Puts rows into the order of the keys that asked for them, with `absent` where there is none. */
export function inKeyOrder<Key, Row, Value>(
  keys: readonly Key[],
  rows: readonly Row[],
  keyOf: (row: Row) => Key,
  toValue: (row: Row) => Value,
  absent: Value,
): Value[] {
  const found = new Map(rows.map((row) => [keyOf(row), toValue(row)]))
  return keys.map((key) => found.get(key) ?? absent)
}

/** A batch no larger than `size` keeps every statement below the parameter limit of every engine. */
export function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size))
}
