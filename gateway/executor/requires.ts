import type { QueryPlanSelectionNode } from '@apollo/query-planner'
import type { GraphQLSchema } from 'graphql'
import { compile, entry, literal, read, readKey, writeKey } from '../../kit/graphql/code.ts'
import { isRecord, type JsonObject } from '../../kit/record.ts'
import { typesMatching } from './type-condition.ts'

/**
 * Finds in an object what a fetch needs to know about it. `keyOf` is `undefined` when the object is of another type or
 * lacks a needed field (its fetch failed, and said so); equal keys mean equal representations.
 */
export interface Extractor {
  keyOf(source: JsonObject): unknown
  build(source: JsonObject): JsonObject
}

export const compileExtractor = (schema: GraphQLSchema, requires: readonly QueryPlanSelectionNode[]): Extractor =>
  flatExtractor(schema, requires) ?? deepExtractor(schema, requires)

// A prefix code: no two lists of values give the same text, whatever the strings contain.
const tag = (value: unknown): string => {
  if (typeof value === 'string') return `${value.length}s${value}`
  const text = JSON.stringify(value)
  return `${text.length}j${text}`
}

/** Nearly all plans: leaves only, one fragment for each object type. */
const flatExtractor = (schema: GraphQLSchema, requires: readonly QueryPlanSelectionNode[]): Extractor | undefined => {
  const cases = new Map<string, string[]>()
  for (const node of requires) {
    if (node.kind !== 'InlineFragment' || node.typeCondition === undefined) return undefined
    if (cases.has(node.typeCondition) || typesMatching(schema, node.typeCondition).size > 1) return undefined
    const names: string[] = []
    for (const field of node.selections) {
      if (field.kind !== 'Field' || field.selections !== undefined) return undefined
      names.push(field.alias ?? field.name)
    }
    if (!names.includes('__typename')) return undefined
    cases.set(node.typeCondition, names)
  }
  const select = (result: (names: string[], type: string) => string) =>
    `switch (s.__typename) { ${[...cases].map(([type, names]) => `case ${literal(type)}: ${result(names, type)}`).join('\n')} }`
  const keyed = select((names, type) => {
    const fields = names.filter((name) => name !== '__typename')
    // One type with one key field, the usual case, needs no text: its value is the key, and an object equals only itself.
    if (cases.size === 1 && fields.length === 1) return `return ${read('s', fields[0] ?? '')}`
    const reads = fields.map(
      (name, i) => `const v${i} = ${read('s', name)}; if (v${i} === undefined) return undefined;`,
    )
    return `{ ${reads.join(' ')} return ${[`${literal(type)} + " "`, ...fields.map((_, i) => `tag(v${i})`)].join(' + ')} }`
  })
  const built = select((names) => `return { ${names.map((name) => entry(name, read('s', name))).join(', ')} }`)
  return {
    keyOf: compile(`function keyOf(s) { ${keyed} return undefined }`, { tag }),
    build: compile(`function build(s) { ${built} return {} }`),
  }
}

type Build = (source: JsonObject) => JsonObject | null

const deepExtractor = (schema: GraphQLSchema, requires: readonly QueryPlanSelectionNode[]): Extractor => {
  const build = buildSelections(schema, requires)
  return {
    keyOf: (source) => {
      const built = build(source)
      return built?.['__typename'] ? JSON.stringify(built) : undefined
    },
    build: (source) => build(source) ?? {},
  }
}

const buildSelections = (schema: GraphQLSchema, selections: readonly QueryPlanSelectionNode[]): Build => {
  const parts = selections.map((node): ((source: JsonObject, into: JsonObject) => boolean) => {
    if (node.kind === 'Field') {
      const key = node.alias ?? node.name
      const inner = node.selections && nested(buildSelections(schema, node.selections))
      return (source, into) => {
        const value = readKey(source, key)
        if (value === undefined) return false
        writeKey(into, key, inner ? inner(value) : value)
        return true
      }
    }
    if (node.typeCondition === undefined) return () => true
    const types = typesMatching(schema, node.typeCondition)
    const inner = buildSelections(schema, node.selections)
    return (source, into) => {
      const name = source['__typename']
      if (typeof name !== 'string' || !types.has(name)) return true
      const found = inner(source)
      if (found !== null) mergePlain(into, found)
      return true
    }
  })
  return (source) => {
    const into: JsonObject = {}
    return parts.every((part) => part(source, into)) ? into : null
  }
}

const nested = (build: Build) => {
  const each = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(each) : isRecord(value) ? build(value) : (value ?? null)
  return each
}

/** Fragments may overlap. Both sides were built above, so that their keys are field names of the plan. */
const mergePlain = (into: JsonObject, found: JsonObject): void => {
  for (const [key, value] of Object.entries(found)) {
    const existing = readKey(into, key)
    if (isRecord(existing) && isRecord(value)) mergePlain(existing, value)
    else if (Array.isArray(existing) && Array.isArray(value)) {
      value.forEach((element, i) => {
        if (isRecord(existing[i]) && isRecord(element)) mergePlain(existing[i], element)
      })
    } else writeKey(into, key, value)
  }
}
