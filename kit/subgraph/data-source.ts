import type { ExecutionResult } from 'graphql'

/**
 * One operation that the planner wrote for one subgraph. `variables` are raw JSON values, as the client sent them. Calls
 * that are under way at the same time may share what is in them: nobody writes to it.
 */
export interface SubgraphCall {
  readonly kind: 'query' | 'mutation' | 'subscription'
  readonly operation: string
  readonly operationName?: string | undefined
  readonly variables: Readonly<Record<string, unknown>>
}

/**
 * A caller's way to a subgraph: in process or over the network, indistinguishable to who calls.
 *
 * `execute` never throws for a fault of the subgraph: it resolves to a result with `errors`. The result belongs to the
 * caller, which may write into it.
 *
 * @typeParam Context what one client request (or one subscription event) shares: viewer, deadline, request id
 */
export interface DataSource<Context> {
  readonly name: string
  execute(call: SubgraphCall, context: Context): Promise<ExecutionResult>
  /** Opens a subscription at its owner. Aborting `signal` also ends an opening that is still pending. */
  subscribe(call: SubgraphCall, context: Context, signal: AbortSignal): Promise<SubgraphEvents | ExecutionResult>
}

/** Explicit iterator, never an async generator: `return()` has to end a source that is silent. */
export interface SubgraphEvents extends AsyncIterableIterator<ExecutionResult> {
  return(): Promise<IteratorResult<ExecutionResult>>
}
