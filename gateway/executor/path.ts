import type { FlattenNode } from '@apollo/query-planner'
import { compile, read, readKey } from '../../kit/graphql/code.ts'
import { isRecord, type JsonObject } from '../../kit/record.ts'

/** One element of a plan path: a response name or `@` (every element), either one limited to some types. */
export type PathStep =
  | { readonly kind: 'key'; readonly key: string; readonly types?: ReadonlySet<string> }
  | { readonly kind: 'each'; readonly types?: ReadonlySet<string> }

export type ResponsePath = readonly (string | number)[]

/** `items`, `@`, and with type-conditioned fetching also `items|[A,B]`, `@|[A]` and a leading empty element. */
export const parsePath = (path: FlattenNode['path']): PathStep[] =>
  path.flatMap((element): PathStep[] => {
    const [name = '', list] = String(element).split('|', 2)
    const types = list === undefined ? {} : { types: new Set(list.slice(1, -1).split(',')) }
    if (name === '') return []
    return [name === '@' ? { kind: 'each', ...types } : { kind: 'key', key: name, ...types }]
  })

// Planner and subgraph agree on asking `__typename` here; where it is missing all the same, the fetch itself decides.
const applies = (value: JsonObject, types: ReadonlySet<string>): boolean => {
  const name = value['__typename']
  return typeof name !== 'string' || types.has(name)
}

/** Compiles a path into a walk that lists the objects it leads to, in order of the response; nulls are left out. */
export const compileWalk = (steps: readonly PathStep[]): ((root: JsonObject) => JsonObject[]) => {
  const bound: Record<string, unknown> = { isRecord, applies }
  const body = steps.reduceRight((inner, step, depth) => {
    const [from, to] = [`v${depth}`, `v${depth + 1}`]
    if (step.types !== undefined) bound[`types${depth}`] = step.types
    const kept =
      step.types === undefined ? inner : `if (!isRecord(${to}) || applies(${to}, types${depth})) { ${inner} }`
    return step.kind === 'key'
      ? `if (isRecord(${from})) { const ${to} = ${read(from, step.key)}; ${kept} }`
      : `if (Array.isArray(${from})) for (let i${depth} = 0; i${depth} < ${from}.length; i${depth}++) {
           const ${to} = ${from}[i${depth}]; ${kept} }`
  }, `if (isRecord(v${steps.length})) out.push(v${steps.length})`)
  return compile(`function walk(v0) { const out = []; ${body}; return out }`, bound)
}

/** The full response path of each object that {@link compileWalk} lists, in the same order. Only for errors. */
export const pathsOf = (root: JsonObject, steps: readonly PathStep[]): ResponsePath[] => {
  const found: ResponsePath[] = []
  const visit = (value: unknown, depth: number, path: ResponsePath): void => {
    const step = steps[depth]
    if (step === undefined) {
      if (isRecord(value)) found.push(path)
      return
    }
    const next = (inner: unknown, at: string | number): void => {
      if (step.types !== undefined && isRecord(inner) && !applies(inner, step.types)) return
      visit(inner, depth + 1, [...path, at])
    }
    if (step.kind === 'each') {
      if (Array.isArray(value)) value.forEach(next)
    } else if (isRecord(value)) next(readKey(value, step.key), step.key)
  }
  visit(root, 0, [])
  return found
}
