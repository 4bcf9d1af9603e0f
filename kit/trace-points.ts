import { tracingChannel } from 'node:diagnostics_channel'

/** Where our own code can be watched; costs nothing while nobody does. See tracing.ts. */

/** One operation at one subgraph, in process or over the network. */
export interface SubgraphCallPoint {
  readonly subgraph: string
  readonly kind: string
}

/** Planning an operation that was not planned before. */
export interface PlanPoint {
  readonly operationName: string | undefined
}

export const subgraphCalls = tracingChannel<SubgraphCallPoint>('douyin.subgraph.call')
export const plans = tracingChannel<PlanPoint>('douyin.plan')
