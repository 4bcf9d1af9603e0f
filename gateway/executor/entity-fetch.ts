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

/**
 * A fetch of entities at a path. Fetches with an equal `mergeClass` differ in nothing but the path; those that get ready
 * in one tick become one call with the union of their representations. -1 marks a fetch that has no equal in its plan.
 */
export const compileEntityFetch = (
  schema: GraphQLSchema,
  fetch: FetchNode,
  steps: readonly PathStep[],
  mergeClass: number,
): Step => {
  if (fetch.variableUsages?.includes('representations')) throw errors.invalid('$representations', 'is a reserved name')
  const walk = compileWalk(steps)
  const extractor = compileExtractor(schema, fetch.requires ?? [])
  const rewrite = compileRewrites(schema, fetch.inputRewrites)
  const call = compileCall(fetch)
  const settle = compileSettle(schema, fetch)

  const dispatch = (run: Run, wanted: EntityCall): Promise<void> | undefined =>
    send(run, fetch.serviceName, call(run.variables, wanted.representations), (result) => settle(run, wanted, result))

  return (run) => {
    const targets = walk(run.data)
    if (targets.length === 0) return undefined
    const joined = mergeClass === -1 ? undefined : run.open[mergeClass]
    const wanted = joined ?? newEntityCall()
    const slots = represent(wanted, targets, extractor, rewrite)
    if (slots === undefined) return undefined
    wanted.parts.push({ steps, targets, slots })
    if (mergeClass === -1) return dispatch(run, wanted)
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
