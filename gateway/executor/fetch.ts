import type { FetchNode } from '@apollo/query-planner'
import { type ExecutionResult, type GraphQLSchema, parse } from 'graphql'
import { isRecord, type JsonObject } from '../../kit/record.ts'
import { compileCall, send } from './call.ts'
import { compileMerge, copy, type Shape, shapeOf } from './merge.ts'
import { compileWalk, type PathStep, pathsOf, type ResponsePath } from './path.ts'
import { addRewritten, compileRewrites } from './rewrite.ts'
import type { Run, Step } from './run.ts'
import { rehome, reportFailure } from './subgraph-error.ts'
import { interfaceNames } from './type-condition.ts'

export interface Absorb {
  readonly shape: Shape
  (run: Run, targets: readonly JsonObject[], result: ExecutionResult): void
}

/** A fetch of root fields; below a path, its one answer goes to every object there. */
export const compileRootFetch = (schema: GraphQLSchema, fetch: FetchNode, steps: readonly PathStep[]): Step => {
  const call = compileCall(fetch)
  const walk = compileWalk(steps)
  const absorb = compileAbsorb(schema, fetch, steps)
  return (run) => {
    const targets = walk(run.data)
    if (targets.length === 0) return undefined
    return send(run, fetch.serviceName, call(run.variables), (result) => absorb(run, targets, result))
  }
}

/** What is done with the answer to a fetch of root fields. Takes possession of `result.data`. */
export const compileAbsorb = (schema: GraphQLSchema, fetch: FetchNode, steps: readonly PathStep[]): Absorb => {
  const document = fetch.operationDocumentNode ?? parse(fetch.operation, { noLocation: true })
  const operation = document.definitions.find((node) => node.kind === 'OperationDefinition')
  const shape = operation === undefined ? new Map() : shapeOf(document, operation.selectionSet)
  addRewritten(shape, fetch.outputRewrites)
  const merge = compileMerge(shape, interfaceNames(schema))
  const rewrite = compileRewrites(schema, fetch.outputRewrites)
  const name = compileNames(fetch)
  const absorb = (run: Run, targets: readonly JsonObject[], { data, errors }: ExecutionResult) => {
    for (const error of errors ?? []) {
      const { path } = error
      if (path === undefined || steps.length === 0) run.errors.push(rehome(error, path && name(path)))
      else for (const prefix of pathsOf(run.data, steps)) run.errors.push(rehome(error, [...prefix, ...name(path)]))
    }
    if (!isRecord(data)) {
      if (!errors?.length) reportFailure(run, fetch.serviceName, new Error('neither data nor errors'))
      return
    }
    rewrite?.(data)
    targets.forEach((target, i) => {
      merge(target, i === 0 ? data : (copy(shape, data) as JsonObject)) // a copy of an object is one
    })
  }
  return Object.assign(absorb, { shape })
}

/** Undoes, in error paths, the aliases that the planner made up for fields that could not be merged. */
export const compileNames = (fetch: FetchNode): ((path: ResponsePath) => ResponsePath) => {
  const renamed = new Map<string | number, string>()
  for (const rewrite of fetch.outputRewrites ?? []) {
    const last = rewrite.path.at(-1)
    if (rewrite.kind === 'KeyRenamer' && last !== undefined) renamed.set(last, rewrite.renameKeyTo)
  }
  return renamed.size === 0 ? (path) => path : (path) => path.map((element) => renamed.get(element) ?? element)
}
