import type { FetchNode } from '@apollo/query-planner'
import { type ExecutionResult, type GraphQLSchema, Kind, parse } from 'graphql'
import { isRecord, type JsonObject } from '../../kit/record.ts'
import { compileNames } from './fetch.ts'
import { compileMerge, copy, type Shape, shapeOf } from './merge.ts'
import { type PathStep, pathsOf } from './path.ts'
import { addRewritten, compileRewrites } from './rewrite.ts'
import type { Run } from './run.ts'
import { rehome, reportFailure } from './subgraph-error.ts'
import { interfaceNames } from './type-condition.ts'

/** Objects at one path of the plan, with the place of each one's representation in the call, or -1. */
export interface Part {
  readonly steps: readonly PathStep[]
  readonly targets: readonly JsonObject[]
  readonly slots: readonly number[]
}

/**
 * One request for entities: the representations are distinct, the parts say who wants which of them. Several fetches may
 * send the same one: once it is sent, nobody writes to it.
 */
export interface EntityCall {
  readonly representations: JsonObject[]
  readonly slotByKey: Map<unknown, number>
  readonly parts: Part[]
  sent?: Promise<void>
}

export const newEntityCall = (): EntityCall => ({ representations: [], slotByKey: new Map(), parts: [] })

/** What is done with the answer to an entity fetch: every place that wants an entity gets its own copy of it. */
export const compileSettle = (schema: GraphQLSchema, fetch: FetchNode) => {
  const shape = entityShape(fetch)
  const merge = compileMerge(shape, interfaceNames(schema))
  const rewrite = compileRewrites(schema, fetch.outputRewrites)
  const name = compileNames(fetch)
  const nested = [...shape.values()].some((inner) => inner !== null)

  const report = (run: Run, call: EntityCall, errors: NonNullable<ExecutionResult['errors']>) => {
    const places = call.parts.map((part) => pathsOf(run.data, part.steps))
    for (const error of errors) {
      const slot = error.path?.[1]
      if (typeof slot !== 'number') run.errors.push(rehome(error, undefined))
      else {
        const below = name(error.path?.slice(2) ?? [])
        call.parts.forEach(({ slots }, p) => {
          slots.forEach((wanted, i) => {
            if (wanted === slot) run.errors.push(rehome(error, [...(places[p]?.[i] ?? []), ...below]))
          })
        })
      }
    }
  }

  return (run: Run, call: EntityCall, { data, errors }: ExecutionResult): void => {
    if (errors?.length) report(run, call, errors)
    const entities = data?.['_entities']
    if (!Array.isArray(entities) || entities.length !== call.representations.length) {
      if (isRecord(data) || !errors?.length) {
        const why = `expected ${call.representations.length} entities`
        reportFailure(run, fetch.serviceName, new Error(why))
      }
      return
    }
    const used = nested || rewrite ? new Uint8Array(entities.length) : undefined
    for (const { targets, slots } of call.parts) {
      for (let i = 0; i < slots.length; i++) {
        const slot = slots[i] ?? -1
        const entity: unknown = entities[slot]
        const target = targets[i]
        if (!isRecord(entity) || target === undefined) continue
        if (used === undefined) merge(target, entity)
        else if (used[slot] === 1)
          merge(target, copy(shape, entities[slot]) as JsonObject) // a copy of an object is one
        else {
          used[slot] = 1
          entity['__typename'] ??= target['__typename']
          rewrite?.(entity)
          merge(target, entity)
        }
      }
    }
  }
}

const entityShape = (fetch: FetchNode): Shape => {
  const document = fetch.operationDocumentNode ?? parse(fetch.operation, { noLocation: true })
  const shape: Shape = new Map()
  for (const node of document.definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION) continue
    for (const [key, inner] of shapeOf(document, node.selectionSet).get('_entities') ?? []) shape.set(key, inner)
  }
  addRewritten(shape, fetch.outputRewrites)
  return shape
}
