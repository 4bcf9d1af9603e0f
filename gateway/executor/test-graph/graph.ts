import { readFileSync } from 'node:fs'
import { composeServices } from '@apollo/composition'
import { operationFromDocument, Supergraph } from '@apollo/federation-internals'
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { type DocumentNode, type GraphQLSchema, parse } from 'graphql'
import { resolvers } from './world.ts'

export const services = ['catalog', 'people', 'shop', 'reviews', 'ratings'] as const

const sdl = services.map((name) => ({
  name,
  typeDefs: parse(readFileSync(new URL(`${name}.graphql`, import.meta.url), 'utf8')),
}))

export const subgraphs: ReadonlyMap<string, GraphQLSchema> = new Map(
  sdl.map(({ name, typeDefs }) => [name, buildSubgraphSchema([{ typeDefs, resolvers: resolvers(name) }])]),
)

const compose = (): Supergraph => {
  const { supergraphSdl, errors } = composeServices(sdl)
  if (supergraphSdl === undefined) throw new Error(String(errors))
  return Supergraph.build(supergraphSdl)
}

const supergraph = compose()
const planner = new QueryPlanner(supergraph)
const typed = new QueryPlanner(supergraph, { typeConditionedFetching: true })

export const apiSchema = supergraph.apiSchema()
export const schema = apiSchema.toGraphQLJSSchema()
export const supergraphSchema = supergraph.schema.toGraphQLJSSchema()

export const planOf = (document: DocumentNode, options: { typeConditioned?: boolean } = {}): QueryPlan =>
  (options.typeConditioned ? typed : planner).buildQueryPlan(operationFromDocument(apiSchema, document))
