import { type DocumentNode, Kind, type SelectionSetNode } from 'graphql'
import { compile, read, readKey, write, writeKey } from '../../kit/graphql/code.ts'
import { fragmentsOf } from '../../kit/graphql/fragments.ts'
import { isRecord, type JsonObject } from '../../kit/record.ts'

/** What a subgraph was asked for, by response name; `null` is a leaf. Whatever else it answers is never looked at. */
export interface Shape extends Map<string, Shape | null> {}

export const shapeOf = (document: DocumentNode, selectionSet: SelectionSetNode): Shape => {
  const fragments = fragmentsOf(document)
  const add = (shape: Shape, set: SelectionSetNode | undefined): Shape => {
    for (const node of set?.selections ?? []) {
      if (node.kind === Kind.FIELD) {
        const key = (node.alias ?? node.name).value
        shape.set(key, node.selectionSet ? add(shape.get(key) ?? new Map(), node.selectionSet) : null)
      } else if (node.kind === Kind.INLINE_FRAGMENT) add(shape, node.selectionSet)
      else add(shape, fragments.get(node.name.value)?.selectionSet)
    }
    return shape
  }
  return add(new Map(), selectionSet)
}

/** Moves `source` into `target`, key by key. Objects of `source` become part of `target`: use it once, or {@link copy}. */
export type Merge = (target: JsonObject, source: JsonObject) => void

/**
 * @param interfaces the only values of `__typename` that a later answer replaces: a subgraph with `@interfaceObject` knows no
 *   better, and may be heard before or after one that does
 */
export const compileMerge = (shape: Shape, interfaces: ReadonlySet<string> = new Set()): Merge => {
  const bound: Record<string, unknown> = { interfaces }
  const lines = [...shape].map(([key, inner], index) => {
    if (key === '__typename') return TYPENAME_LINE
    if (inner === null) return `v = ${read('s', key)}; if (v !== undefined) ${write('t', key, 'v')};`
    bound[`over${index}`] = mergeOver(compileMerge(inner, interfaces))
    return `v = ${read('s', key)}; if (v !== undefined) {
      e = ${read('t', key)}; ${write('t', key, `e === undefined || e === null ? v : over${index}(e, v)`)}; }`
  })
  return compile(`function merge(t, s) { let v, e; ${lines.join('\n')} }`, bound)
}

const TYPENAME_LINE = `v = s.__typename; e = t.__typename;
  if (v !== undefined && (!e || interfaces.has(e))) t.__typename = v;`

/** Objects meet objects, lists meet lists of the same length; of anything else the later one wins. */
const mergeOver = (merge: Merge) => {
  const over = (existing: unknown, value: unknown): unknown => {
    if (isRecord(existing) && isRecord(value)) merge(existing, value)
    else if (Array.isArray(existing) && Array.isArray(value) && existing.length === value.length) {
      for (let i = 0; i < value.length; i++) existing[i] = over(existing[i], value[i])
    } else return value
    return existing
  }
  return over
}

/** A copy as deep as the selection: leaves are shared, because nothing ever writes into them. */
export const copy = (shape: Shape | null, value: unknown): unknown => {
  if (shape === null || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((element) => copy(shape, element))
  const result: JsonObject = {}
  for (const [key, inner] of shape) {
    const field = readKey(value, key)
    if (field !== undefined) writeKey(result, key, copy(inner, field))
  }
  return result
}
