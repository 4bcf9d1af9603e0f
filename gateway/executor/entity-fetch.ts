import type { FetchNode } from '@apollo/query-planner'
import type { GraphQLSchema } from 'graphql'
import { errors } from '../../kit/errors.ts'
import type { JsonObject } from '../../kit/record.ts'
import { compileCall, send } from './call.ts'
import { compileSettle, type EntityCall, newEntityCall } from './entity-call.ts'
import { compileWalk, type PathStep } from './path.ts'
import { compileExtractor, type Extractor } from './requires.ts'
import { compileRewrites, type Rewrite } from './rewrite.ts'
import type { Run, Step } from './run.ts'

/** What a fetch of entities may have in common with others of its plan. */
export interface Sharing {
  /** Fetches of one class differ in nothing but the path; -1 marks one that has no equal. */
  readonly mergeClass: number
  /** Fetches of one place need the same of the same objects; they ask different subgraphs, or for different fields. */
  readonly place: number
}

/**
 * A fetch of entities at a path. Those of one merge class that get ready in one tick become one call with the union of
 * their representations. For others, what one gathered for its call serves all of its place until the data change.
 */
export const compileEntityFetch = (
  schema: GraphQLSchema,
  fetch: FetchNode,
  steps: readonly PathStep[],
  { mergeClass, place }: Sharing,
): Step => {
  if (fetch.variableUsages?.includes('representations')) throw errors.invalid('$representations', 'is a reserved name')
  const walk = compileWalk(steps)
  const extractor = compileExtractor(schema, fetch.requires ?? [])
  const rewrite = compileRewrites(schema, fetch.inputRewrites)
  const call = compileCall(fetch)
  const settle = compileSettle(schema, fetch)

  const gather = (run: Run, into: EntityCall): EntityCall => {
    const targets = walk(run.data)
    const slots = represent(into, targets, extractor, rewrite)
    if (slots !== undefined) into.parts.push({ steps, targets, slots })
    return into
  }
  const dispatch = (run: Run, wanted: EntityCall): Promise<void> | undefined =>
    send(run, fetch.serviceName, call(run.variables, wanted.representations), (result) => settle(run, wanted, result))

  if (mergeClass === -1)
    return (run) => {
      run.gathered[place] ??= gather(run, newEntityCall())
      const wanted = run.gathered[place]
      return wanted.parts.length === 0 ? undefined : dispatch(run, wanted)
    }
  return (run) => {
    const joined = run.open[mergeClass]
    const before = joined?.parts.length ?? 0
    const wanted = gather(run, joined ?? newEntityCall())
    if (wanted.parts.length === before) return undefined
    if (joined === undefined) {
      run.open[mergeClass] = wanted
      wanted.sent = endOfTick().then(() => {
        run.open[mergeClass] = undefined
        return dispatch(run, wanted)
      })
    }
    return wanted.sent
  }
}

/** Adds what is not yet asked for. `undefined` when no target is of a type that this fetch is about. */
const represent = (
  { representations, slotByKey }: EntityCall,
  targets: readonly JsonObject[],
  { keyOf, build }: Extractor,
  rewrite: Rewrite | undefined,
): number[] | undefined => {
  const slots: number[] = []
  let found = false
  for (const target of targets) {
    const key = keyOf(target)
    let slot = key === undefined ? -1 : slotByKey.get(key)
    if (slot === undefined && key !== undefined) {
      slot = representations.length
      slotByKey.set(key, slot)
      const representation = build(target)
      rewrite?.(representation)
      representations.push(representation)
    }
    slots.push(slot ?? -1)
    found ||= slot !== -1
  }
  return found ? slots : undefined
}

// `nextTick` callbacks run when the queue of promise jobs is empty: answers that come in together are acted on together.
const endOfTick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))
