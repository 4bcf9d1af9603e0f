/**
 * Runs one feed-like plan with Apollo's executor and with ours, side by side in one process, on stub subgraphs that parse
 * a constant body: node bench/executor.ts [rounds]
 */
import { composeServices } from '@apollo/composition'
import { operationFromDocument, Supergraph } from '@apollo/federation-internals'
import { buildOperationContext, executeQueryPlan } from '@apollo/gateway'
import { QueryPlanner } from '@apollo/query-planner'
import { type ExecutionResult, parse } from 'graphql'
import { executePlan } from '../gateway/executor/execute.ts'
import { prepareOperation } from '../gateway/executor/prepare.ts'
import type { DataSource } from '../kit/subgraph/data-source.ts'

const VIDEOS = 30

const link = '@link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])'
const services: Readonly<Record<string, string>> = {
  publish: `type Video @key(fields: "id") { id: ID! title: String! playUrl: String! coverUrl: String! createdAt: Float! author: User! }
    type User @key(fields: "id") { id: ID! workCount: Int! }`,
  feed: `type Query { feed(first: Int): Feed! } type Feed { nodes: [Video!]! next: String }
    type Video @key(fields: "id") { id: ID! }`,
  user: 'type User @key(fields: "id") { id: ID! name: String! avatar: String background: String signature: String }',
  favorite: `type Video @key(fields: "id") { id: ID! favoriteCount: Int! isFavorite: Boolean! }
    type User @key(fields: "id") { id: ID! favoriteCount: Int! totalFavorited: Int! }`,
  comment: 'type Video @key(fields: "id") { id: ID! commentCount: Int! }',
  relation: 'type User @key(fields: "id") { id: ID! followCount: Int! followerCount: Int! isFollow: Boolean! }',
}

const document = parse(`query Feed($first: Int) { feed(first: $first) { next nodes {
  id title playUrl coverUrl createdAt favoriteCount isFavorite commentCount
  author { id name avatar background signature workCount favoriteCount totalFavorited followCount followerCount isFollow }
} } }`)

const sdl = Object.entries(services).map(([name, types]) => ({
  name,
  typeDefs: parse(`extend schema ${link} ${types}`),
}))
const { supergraphSdl = '' } = composeServices(sdl)
const supergraph = Supergraph.build(supergraphSdl)
const apiSchema = supergraph.apiSchema()
const schema = apiSchema.toGraphQLJSSchema()
const supergraphSchema = supergraph.schema.toGraphQLJSSchema()
const plan = new QueryPlanner(supergraph).buildQueryPlan(operationFromDocument(apiSchema, document))

const user = (i: number) => ({
  ...{ __typename: 'User', id: `u${i}`, name: `user ${i}`, avatar: `https://cdn/a/${i}.jpg`, background: null },
  ...{ signature: 'a line about myself', workCount: i, favoriteCount: 7 * i, totalFavorited: 90 * i },
  ...{ followCount: 3 * i, followerCount: 11 * i, isFollow: i % 2 === 0 },
})
const video = (i: number) => ({
  ...{ __typename: 'Video', id: `v${i}`, title: `a video about ${i}`, playUrl: `https://cdn/v/${i}.mp4` },
  ...{ coverUrl: `https://cdn/c/${i}.jpg`, createdAt: 1.7e12 + i, favoriteCount: 5 * i, isFavorite: i % 3 === 0 },
  ...{ commentCount: 2 * i, author: user(i) },
})

/** The body of a subgraph's answer: of each object only the fields that the operation names. */
const bodyOf = (operation: string): string => {
  const asked = new Set(operation.match(/\w+/g))
  const only = (_key: string, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).filter(([key]) => key === 'data' || asked.has(key)))
      : value
  const entity = operation.includes('...on User') ? user : video
  const entities = Array.from({ length: VIDEOS }, (_, i) => entity(i))
  return JSON.stringify({ data: { feed: { next: 'c', nodes: entities }, _entities: entities } }, only)
}
const bodies = new Map<string, string>()
const answer = (operation: string): Promise<ExecutionResult> => {
  let body = bodies.get(operation)
  if (body === undefined) {
    body = bodyOf(operation)
    bodies.set(operation, body)
  }
  return Promise.resolve(JSON.parse(body))
}

const variables = { first: VIDEOS }
const prepared = prepareOperation({ schema, supergraphSchema, document, plan })
const dataSources: ReadonlyMap<string, DataSource<object>> = new Map(
  Object.keys(services).map((name) => [
    name,
    {
      name,
      execute: (call) => answer(call.operation),
      subscribe: () => Promise.reject(new Error('not measured')),
    },
  ]),
)
const ours = () => executePlan(prepared, { dataSources, context: {}, variables, coercedVariables: variables })

const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const operation = buildOperationContext({ schema, operationDocument: document, operationName: 'Feed' } as never) // as the gateway does
const serviceMap = Object.fromEntries(
  Object.keys(services).map((name) => [
    name,
    { process: (asked: { request: { query: string } }) => answer(asked.request.query) },
  ]),
)
const apollo = () => {
  const context = { request: { variables }, context: {}, metrics: {}, logger }
  return executeQueryPlan(plan, serviceMap as never, context as never, operation, supergraphSchema, apiSchema) // its types name parts of a server
}
const stubs = () => Promise.all([...bodies.keys()].map(answer))

const contenders = { "Apollo's executeQueryPlan": apollo, 'our executePlan': ours, 'stub subgraphs alone': stubs }
const [here, there] = [JSON.stringify((await ours()).data), JSON.stringify((await apollo()).data)]
if (here !== there) throw new Error(`the executors differ:\n${here}\n${there}`)

const measure = async (run: () => Promise<unknown>, times: number): Promise<number> => {
  const start = process.hrtime.bigint()
  for (let i = 0; i < times; i++) await run()
  return Number(process.hrtime.bigint() - start) / 1000 / times
}
const rounds = Number(process.argv[2] ?? 15)
const figures = new Map<string, number[]>()
for (let round = -3; round < rounds; round++) {
  for (const [name, run] of Object.entries(contenders)) {
    const micros = await measure(run, 100)
    if (round >= 0) figures.set(name, [...(figures.get(name) ?? []), micros])
  }
}
const median = (of: readonly number[] = []): number => [...of].sort((a, b) => a - b)[of.length >> 1] ?? Number.NaN
const print = (name: string, micros: number) => console.log(`${micros.toFixed(0).padStart(6)} µs/op  ${name}`)
console.log(`feed of ${VIDEOS}: ${bodies.size} fetches, ${here.length} bytes of data; median of ${rounds} rounds`)
for (const [name, of] of figures) print(name, median(of))
const [theirs, mine, floor] = [...figures.values()].map(median) as [number, number, number] // three contenders
console.log(`ratio ${(theirs / mine).toFixed(1)}, without the stubs ${((theirs - floor) / (mine - floor)).toFixed(1)}`)
