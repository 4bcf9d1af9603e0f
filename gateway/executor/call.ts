import type { FetchNode } from '@apollo/query-planner'
import type { ExecutionResult } from 'graphql'
import { writeKey } from '../../kit/graphql/code.ts'
import type { SubgraphCall } from '../../kit/subgraph/data-source.ts'
import type { Run } from './run.ts'
import { reportFailure } from './subgraph-error.ts'

export type Variables = Readonly<Record<string, unknown>>

/** The call of a fetch node, given the variables of the request; representations are added by entity fetches. */
export const compileCall = (
  fetch: FetchNode,
): ((variables: Variables, representations?: unknown[]) => SubgraphCall) => {
  const names = fetch.variableUsages ?? []
  const { operationKind: kind, operation, operationName } = fetch
  return (given, representations) => {
    const variables: Record<string, unknown> = representations === undefined ? {} : { representations }
    for (const name of names) {
      if (Object.hasOwn(given, name) && given[name] !== undefined) writeKey(variables, name, given[name])
    }
    return { kind, operation, operationName, variables }
  }
}

/** Sends a call; `settle` sees an answer only when there is one. The promise never rejects for a fault of the subgraph. */
export const send = (
  run: Run,
  serviceName: string,
  call: SubgraphCall,
  settle: (result: ExecutionResult) => void,
): Promise<void> | undefined => {
  const fail = (cause: unknown) => reportFailure(run, serviceName, cause)
  const source = run.dataSources.get(serviceName)
  if (source === undefined) {
    fail(new Error('no data source'))
    return undefined
  }
  try {
    return source.execute(call, run.context).then((result) => {
      run.gathered.length = 0 // of data that are about to change
      settle(result)
    }, fail)
  } catch (cause) {
    fail(cause)
    return undefined
  }
}
