import { createSourceEventStream, type ExecutionResult } from 'graphql'
import type { RequestScope } from '../viewer.ts'
import type { DataSource, SubgraphCall, SubgraphEvents } from './data-source.ts'
import { mapEvents } from './events.ts'
import { OperationCache } from './execute.ts'
import { withInputCodes } from './input-errors.ts'
import type { Subgraph } from './subgraph.ts'

/** Calls a subgraph of the same process: no HTTP, no JSON, no second validation. */
export class InProcessDataSource implements DataSource<RequestScope> {
  readonly name: string
  readonly #subgraph: Subgraph
  readonly #operations: OperationCache

  constructor(subgraph: Subgraph) {
    this.name = subgraph.name
    this.#subgraph = subgraph
    this.#operations = new OperationCache(subgraph.schema)
  }

  execute(call: SubgraphCall, scope: RequestScope): Promise<ExecutionResult> {
    return this.#operations.get(call.operation).run(call.variables, this.#subgraph.createContext(scope))
  }

  async subscribe(
    call: SubgraphCall,
    scope: RequestScope,
    signal: AbortSignal,
  ): Promise<SubgraphEvents | ExecutionResult> {
    const operation = this.#operations.get(call.operation)
    const patience = scope.deadline - Date.now()
    const source = await createSourceEventStream({
      schema: this.#subgraph.schema,
      document: operation.document,
      variableValues: call.variables,
      contextValue: this.#subgraph.createContext(scope),
    })
    if (!(Symbol.asyncIterator in source)) return withInputCodes(source)
    // A context for each event: loaders of an older one would answer from what they saw then.
    return mapEvents(
      source,
      (event) => {
        const fresh = { ...scope, deadline: Date.now() + patience }
        return operation.run(call.variables, this.#subgraph.createContext(fresh), event)
      },
      signal,
    )
  }
}
