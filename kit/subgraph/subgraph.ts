import { readFileSync } from 'node:fs'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { type GraphQLSchema, parse } from 'graphql'
import type { RequestScope } from '../viewer.ts'
import { dateTime } from './date-time.ts'
import { withEntities } from './entities.ts'

/** A domain's part of the graph, ready to be called in process or served over HTTP. */
export interface Subgraph {
  readonly name: string
  readonly schema: GraphQLSchema
  /** Called for every request and for every event of a subscription: loaders must not outlive either. */
  createContext(scope: RequestScope): object
  /** Ends what runs in the background; the last call. */
  close(): Promise<void>
}

export interface SubgraphDefinition<Context extends object> {
  readonly name: string
  /** The generated resolver types are checked where the resolvers are written. */
  readonly resolvers: object
  readonly createContext: (scope: RequestScope) => Context
  readonly close?: () => Promise<void>
}

/** Joins a domain's resolvers with its SDL file, `schema/<name>.graphql`. */
export function defineSubgraph<Context extends object>(definition: SubgraphDefinition<Context>): Subgraph {
  const { name, resolvers, createContext, close = async () => {} } = definition
  const sdl = readFileSync(new URL(`../../schema/${name}.graphql`, import.meta.url), 'utf8')
  const typeDefs = parse(sdl)
  const scalars = /^scalar DateTime$/m.test(sdl) ? { DateTime: dateTime } : {}
  const schema = buildSubgraphSchema([{ typeDefs, resolvers: { ...scalars, ...resolvers } }])
  return { name, schema: withEntities(schema, resolvers), createContext, close }
}
