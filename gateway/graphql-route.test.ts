import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { type FastifyInstance, fastify, type InjectOptions } from 'fastify'
import type { ExecutionResult } from 'graphql'
import { pino } from 'pino'
import { errors } from '../kit/errors.ts'
import type { SubgraphCall } from '../kit/subgraph/data-source.ts'
import { Tokens } from '../kit/tokens.ts'
import { Gateway } from './gateway.ts'
import { graphqlRoute } from './graphql-route.ts'

const page = { nodes: [{ __typename: 'Video', id: '7' }], resumeBefore: '2026-01-31T08:00:00.000Z' }

let writes = 0

/** `feed` answers, `favorite` is broken, `video` brings a fault without data, and so does a like taken back. */
async function answer({ operation }: SubgraphCall): Promise<ExecutionResult> {
  if (operation.includes('mutation')) writes++
  if (operation.includes('unfavoriteVideo')) return { errors: [errors.notFound('Video', 7)] }
  if (operation.includes('favoriteVideo')) return { data: { favoriteVideo: { video: { id: '7' } } } }
  if (operation.includes('feed')) return { data: { feed: structuredClone(page) } }
  if (operation.includes('favoriteCount')) return { errors: [new Error('the disk is full') as never] } // as thrown
  return { errors: [errors.notFound('Video', 7)] }
}

describe('/graphql', () => {
  let app: FastifyInstance
  let gateway: Gateway
  before(async () => {
    const source = (name: string) => ({ name, execute: answer, subscribe: () => Promise.reject(new Error('not used')) })
    const sources = new Map(['feed', 'publish', 'favorite', 'user'].map((name) => [name, source(name)]))
    const tokens = await Tokens.create(new Map([['key', 'k'.repeat(32)]]))
    const log = pino({ level: 'silent' })
    gateway = await Gateway.start({ tokens, sources: () => sources, log, introspection: false, production: true })
    app = fastify({ genReqId: () => 'always the same' })
    await app.register(graphqlRoute({ gateway, originOf: () => 'http://here' }))
  })
  after(async () => {
    await app.close()
    await gateway.stop()
  })

  const post = async (payload: object, headers: InjectOptions['headers'] = {}) => {
    const response = await app.inject({ method: 'POST', url: '/graphql', payload, headers: { ...headers } })
    const { date, ...told } = response.headers
    return { status: response.statusCode, headers: told, body: response.body }
  }
  const read = 'query Page($first: Int! = 3) { feed(first: $first) { resumeBefore nodes { id } } }'
  const like = 'mutation Like($id: ID!) { favoriteVideo(input: { videoId: $id }) { video { id } } }'
  const several = `${read} query Other { __typename }`

  const requests: Record<string, [payload: object, headers?: Record<string, string>]> = {
    'a read': [{ query: read }],
    'a read with variables': [{ query: read, variables: { first: 5 } }],
    'one of several operations': [{ query: several, operationName: 'Other' }],
    'none of several operations': [{ query: several }],
    'an operation without a name': [{ query: read, operationName: '' }],
    'a variable that does not fit': [{ query: read, variables: { first: 'many' } }],
    'a read of which a part fails': [{ query: '{ feed { nodes { id favoriteCount } } }' }],
    'a read that brings no data': [{ query: '{ feed { pageInfo { hasNextPage } nodes { title } } }' }],
    'a write': [{ query: 'mutation { favoriteVideo(input: { videoId: "7" }) { video { id } } }' }],
    'a write that brings no data': [
      { query: 'mutation { unfavoriteVideo(input: { videoId: "7" }) { video { id } } }' },
    ],
    'a variable of a write that does not fit': [{ query: like, variables: { id: { no: 'id' } } }],
    'a question about the schema': [{ query: '{ __schema { queryType { name } } }' }],
    'words that are no GraphQL': [{ query: '{ feed' }],
    'an extension': [{ query: read, extensions: { anything: true } }],
    'variables that are a list': [{ query: read, variables: [1] }],
    'another type of answer': [{ query: read }, { accept: 'application/graphql-response+json' }],
    'a type of answer that there is not': [{ query: read }, { accept: 'image/png' }],
    'a browser’s list of types': [{ query: read }, { accept: 'text/html, application/json;q=0.9' }],
  }
  for (const [name, [payload, headers]] of Object.entries(requests))
    test(`${name} is answered the same each time it comes`, async () => {
      const first = await post(payload, headers)
      assert.deepEqual(await post(payload, headers), first)
      assert.deepEqual(await post(payload, headers), first)
    })

  for (const [kind, query] of [
    ['read', 'query Once { feed(first: 9) { resumeBefore } }'],
    ['write', 'mutation Once { favoriteVideo(input: { videoId: "7" }) { video { id } } }'],
  ])
    test(`a ${kind} that comes again does not go through all of the server again`, async (context) => {
      const whole = context.mock.method(gateway.apollo, 'executeHTTPGraphQLRequest')
      for (let n = 0; n < 5; n++) assert.equal((await post({ query })).status, 200)
      assert.equal(whole.mock.callCount(), 1)
    })

  test('a write that only its hash names is not run for words that are no GraphQL', async () => {
    const persistedQuery = { version: 1, sha256Hash: createHash('sha256').update(like).digest('hex') }
    const variables = { id: '7' }
    await post({ query: like, variables, extensions: { persistedQuery } })
    assert.equal((await post({ variables, extensions: { persistedQuery } })).status, 200)
    const before = writes
    for (const query of ['undefined', 'null', '']) assert.equal((await post({ query, variables })).status, 400)
    assert.equal(writes, before)
  })

  test('a write runs once each time it comes, and never when its variables do not fit', async () => {
    const before = writes
    for (let n = 0; n < 3; n++) await post({ query: like, variables: { id: '7' } })
    assert.equal(writes - before, 3)
    assert.equal((await post({ query: like, variables: { id: [] } })).status, 400)
    assert.equal(writes - before, 3)
    const failing = 'mutation { unfavoriteVideo(input: { videoId: "7" }) { video { id } } }'
    for (let n = 0; n < 3; n++) assert.match((await post({ query: failing })).body, /NOT_FOUND/)
    assert.equal(writes - before, 6)
  })

  test('operations that are new are planned one in each turn of the event loop, and known ones do not wait', async (context) => {
    const { planner } = gateway.federation.generation
    const order: string[] = []
    const build = planner.buildQueryPlan.bind(planner)
    context.mock.method(planner, 'buildQueryPlan', (...given: Parameters<typeof build>) => {
      order.push('planned')
      setImmediate(() => order.push('turn'))
      return build(...given)
    })
    await post({ query: read })
    order.length = 0
    const all = [1, 2, 3, 4, 5].map((n) => post({ query: `{ feed(first: ${n}) { resumeBefore } }` }))
    const known = post({ query: read }).then(() => order.push('known'))
    for (const { status } of await Promise.all(all)) assert.equal(status, 200)
    await known
    assert.doesNotMatch(order.join(' '), /planned planned planned/) // a turn may be over before what was said of it is
    assert.ok(order.indexOf('known') < order.lastIndexOf('planned'), `${order}`)
  })

  test('a subscription is refused, and not planned', async (context) => {
    const plan = context.mock.method(gateway.federation.generation.planner, 'buildQueryPlan')
    const { status, body } = await post({ query: 'subscription { messageReceived { cursor } }' })
    const [fault] = JSON.parse(body).errors
    assert.deepEqual([status, fault.extensions.code], [400, 'BAD_USER_INPUT'])
    assert.match(fault.message, /WebSocket/)
    assert.equal(plan.mock.callCount(), 0)
  })

  test('a browser that asks nothing is sent to the playground, and one that asks gets its answer', async () => {
    const visit = {
      method: 'GET',
      headers: { accept: 'text/html,*/*;q=0.8', 'apollo-require-preflight': '1' },
    } as const
    const sent = await app.inject({ ...visit, url: '/graphql' })
    assert.deepEqual([sent.statusCode, sent.headers.location], [302, '/playground/'])
    const answered = await app.inject({ ...visit, url: `/graphql?query=${encodeURIComponent('{ __typename }')}` })
    assert.deepEqual(answered.json(), { data: { __typename: 'Query' } })
    const refused = await app.inject({ ...visit, url: '/graphql?nothing=1' })
    assert.equal(refused.statusCode, 400)
    assert.doesNotMatch(refused.body, /<html|apollographql/)
  })

  test('who may not ask for the schema is told what would let them', async () => {
    assert.match((await post({ query: '{ __schema { queryType { name } } }' })).body, /INTROSPECTION=true turns it on/)
  })

  test('what went wrong inside stays inside, also when a read comes again', async () => {
    const query = '{ feed { nodes { favoriteCount } } }'
    for (let n = 0; n < 2; n++) {
      const { body } = await post({ query })
      assert.match(body, /INTERNAL_SERVER_ERROR|UNAVAILABLE/)
      assert.doesNotMatch(body, /disk/)
    }
  })
})
