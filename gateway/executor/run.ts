import type { GraphQLError } from 'graphql'
import type { JsonObject } from '../../kit/record.ts'
import type { DataSource } from '../../kit/subgraph/data-source.ts'
import type { EntityCall } from './entity-call.ts'

/** Everything that one execution changes or asks for; a prepared operation itself is never written to. */
export interface Run {
  /** All that the subgraphs answered so far, in the shape of the operation. */
  readonly data: JsonObject
  readonly errors: GraphQLError[]
  /** As the client sent them: a coerced custom scalar would not be JSON any more. */
  readonly variables: Readonly<Record<string, unknown>>
  /** Values of the variables that `@skip`, `@include` and condition nodes use, in the order of the prepared operation. */
  readonly flags: readonly boolean[]
  // What a request shares is between its caller and the data sources: the executor only hands it on.
  readonly context: unknown
  readonly dataSources: ReadonlyMap<string, DataSource<unknown>>
  /** Entity calls that may still be joined by equal ones of the same tick, by merge class. */
  readonly open: (EntityCall | undefined)[]
  /** What was gathered for entity calls, by place: emptied by every answer, as it changes the data. */
  readonly gathered: EntityCall[]
}

/** One node of a plan. `undefined` means that it has already finished, so that nobody needs to wait a tick for it. */
export type Step = (run: Run) => Promise<void> | undefined
