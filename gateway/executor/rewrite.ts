import type { FetchDataRewrite } from '@apollo/query-planner'
import type { GraphQLSchema } from 'graphql'
import { readKey, writeKey } from '../../kit/graphql/code.ts'
import { isRecord, type JsonObject } from '../../kit/record.ts'
import type { Shape } from './merge.ts'
import { typesMatching } from './type-condition.ts'

export type Rewrite = (value: unknown) => void

const CONDITION = '... on '

const setter = (rewrite: FetchDataRewrite, key: string) => (object: JsonObject) => {
  if (rewrite.kind === 'ValueSetter') return writeKey(object, key, rewrite.setValueTo)
  const value = readKey(object, key)
  if (value === undefined) return
  writeKey(object, rewrite.renameKeyTo, value)
  writeKey(object, key, undefined)
}

/** Compiles what the planner wants changed in the input or output of one fetch; `undefined` when there is nothing. */
export const compileRewrites = (
  schema: GraphQLSchema,
  rewrites: readonly FetchDataRewrite[] | undefined,
): Rewrite | undefined => {
  const compiled = (rewrites ?? []).map((rewrite) => {
    const last = rewrite.path.at(-1)
    if (last === undefined || last.startsWith(CONDITION)) throw new TypeError(`not a path to a field: ${rewrite.path}`)
    return rewrite.path.slice(0, -1).reduceRight<Rewrite>(
      (inner, element) => {
        if (!element.startsWith(CONDITION)) return onObjects((object) => inner(readKey(object, element)))
        const types = typesMatching(schema, element.slice(CONDITION.length))
        return onObjects((object) => {
          const name = object['__typename']
          // The planner relies on rewrites of objects whose type it did not ask for.
          if (typeof name !== 'string' || types.has(name)) inner(object)
        })
      },
      onObjects(setter(rewrite, last)),
    )
  })
  if (compiled.length === 0) return undefined
  return (value) => {
    for (const rewrite of compiled) rewrite(value)
  }
}

const onObjects = (visit: (object: JsonObject) => void): Rewrite => {
  const each: Rewrite = (value) => {
    if (Array.isArray(value)) value.forEach(each)
    else if (isRecord(value)) visit(value)
  }
  return each
}

/** Tells the shape of an answer about the keys that output rewrites add to it. */
export const addRewritten = (shape: Shape, rewrites: readonly FetchDataRewrite[] | undefined): void => {
  for (const rewrite of rewrites ?? []) {
    const fields = rewrite.path.filter((element) => !element.startsWith(CONDITION))
    const last = fields.pop()
    let parent: Shape | null | undefined = shape
    for (const field of fields) parent = parent?.get(field)
    if (!parent || last === undefined) continue
    if (rewrite.kind === 'ValueSetter') parent.set(last, null)
    else parent.set(rewrite.renameKeyTo, union(parent.get(rewrite.renameKeyTo), parent.get(last)))
  }
}

const union = (a: Shape | null | undefined, b: Shape | null | undefined): Shape | null => {
  if (!a || !b) return a ?? b ?? null
  const both: Shape = new Map(a)
  for (const [key, inner] of b) both.set(key, union(both.get(key), inner))
  return both
}
