import { type DocumentNode, type ExecutionResult, execute, GraphQLError, parse } from 'graphql'
import type { DataSource, SubgraphCall } from '../../../kit/subgraph/data-source.ts'
import { subgraphs } from './graph.ts'
import { fieldResolver, hash, type World } from './world.ts'

export interface Case {
  readonly world: World
  /** How each service behaves that does not just answer. */
  readonly down: Readonly<Record<string, 'throws' | 'rejects' | 'refuses'>>
  /** Out of a thousand values of an answer, how many are spoilt on the way: data that no correct subgraph sends. */
  readonly spoil: number
}

/** Answers one call; both executors under comparison get their data here. */
export const answer = async (
  service: string,
  call: Omit<SubgraphCall, 'kind'>,
  given: Case,
): Promise<ExecutionResult> => {
  if (given.down[service] === 'rejects') throw new Error(downMessage(service))
  if (given.down[service] === 'refuses') {
    return { errors: [new GraphQLError(`${service} refuses`, { extensions: { code: 'FORBIDDEN' } })] }
  }
  const schema = subgraphs.get(service)
  if (schema === undefined) throw new Error(`no subgraph ${service}`)
  const result = await execute({
    schema,
    document: parsed(call.operation),
    variableValues: call.variables,
    fieldResolver,
    contextValue: given.world,
  })
  // JSON, as over the network: plain objects and plain errors.
  const plain: ExecutionResult = JSON.parse(JSON.stringify(result))
  if (given.spoil > 0 && plain.data) spoilAnswer(plain.data, call, given)
  return plain
}

export const downMessage = (service: string): string => `${service} is not available now`

const documents = new Map<string, DocumentNode>()

const parsed = (operation: string): DocumentNode => {
  const known = documents.get(operation) ?? parse(operation)
  documents.set(operation, known)
  return known
}

const spoilAnswer = (data: Record<string, unknown>, call: Omit<SubgraphCall, 'kind'>, given: Case): void => {
  const { representations } = call.variables
  const entities = data['_entities']
  if (!Array.isArray(representations) || !Array.isArray(entities)) spoil(data, [call.operation], given)
  else for (const [i, entity] of entities.entries()) spoil(entity, [representations[i]], given)
}

/** What is spoilt depends on the representation, not on its place in the call: executors may order and merge calls. */
const spoil = (value: unknown, key: readonly unknown[], given: Case): void => {
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value)) {
    // Of no interest on a root type; and of several answers about an entity, either may be believed.
    if (name === '__typename' && key.length === 1) continue
    const here = [...key, name]
    const lot = hash(given.world.seed, 'spoil', here) % 1000
    if (lot >= given.spoil) spoil(inner, here, given)
    else
      Object.defineProperty(value, name, {
        value: spoilt(name, inner, lot) ?? (Array.isArray(value) ? null : undefined),
        enumerable: true,
        writable: true,
        configurable: true,
      })
  }
}

const spoilt = (name: string, value: unknown, lot: number): unknown => {
  // An alias of __typename: Apollo makes the object null when the type it forgot inside a fragment is not told again.
  if (name === 'kind') return value
  if (name === '__typename') return lot % 2 ? 'Nonsense' : value
  return typeof value === 'object' || lot % 3 === 0 ? null : undefined
}

export const dataSources = (given: Case): ReadonlyMap<string, DataSource<unknown>> =>
  new Map(
    [...subgraphs.keys()].map((name) => [
      name,
      {
        name,
        execute: (call: SubgraphCall) => {
          if (given.down[name] === 'throws') throw new Error(downMessage(name))
          return answer(name, call, given)
        },
        subscribe: () => Promise.reject(new Error('not part of this graph')),
      },
    ]),
  )
