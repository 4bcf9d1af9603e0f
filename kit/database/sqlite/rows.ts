/** Makes an object of the values of a row. */
type ToObject = (values: readonly unknown[]) => object

/** By the names of the columns: statements are many, as each length of a list is one of its own, but these are few. */
const known = new Map<string, ToObject>()

/**
 * Node makes objects of rows one property at a time, and without a prototype: a literal with all the names, filled from
 * a plain list of the values, costs a third.
 */
export function toObjects(columns: readonly string[]): ToObject {
  const key = JSON.stringify(columns)
  const made = known.get(key)
  if (made) return made
  // A computed name is a property like any other, also when it is `__proto__`.
  const entries = columns.map((name, n) => `[${JSON.stringify(name)}]: values[${n}]`)
  const toObject = new Function('values', `return { ${entries.join(', ')} }`) as ToObject // as it was written here
  known.set(key, toObject)
  return toObject
}
