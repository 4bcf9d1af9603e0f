import { type Schema, Supergraph } from '@apollo/federation-internals'
import { QueryPlanner } from '@apollo/query-planner'
import type { GraphQLSchema } from 'graphql'

/** One version of the composed schema, with what is derived from it once: each conversion costs milliseconds. */
export interface Generation {
  /** What clients see, as the planner wants it. */
  readonly apiSchema: Schema
  /** What clients see. */
  readonly schema: GraphQLSchema
  /** With what clients do not see: plans speak of it too. */
  readonly supergraphSchema: GraphQLSchema
  readonly planner: QueryPlanner
}

/** @param planner for this very supergraph, where there is one already: another costs some 25 ms and its memory */
export function createGeneration(supergraphSdl: string, planner?: QueryPlanner): Generation {
  const supergraph = Supergraph.build(supergraphSdl)
  const apiSchema = supergraph.apiSchema()
  return {
    apiSchema,
    schema: apiSchema.toGraphQLJSSchema(),
    supergraphSchema: supergraph.schema.toGraphQLJSSchema(),
    planner: planner ?? new QueryPlanner(supergraph),
  }
}
