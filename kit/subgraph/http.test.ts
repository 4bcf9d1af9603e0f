import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { parse } from 'graphql'
import { Breaker } from '../breaker.ts'
import { errors } from '../errors.ts'
import { createHttpServer } from '../http-server.ts'
import { createLog } from '../log.ts'
import { type RequestScope, sealEnvelope, signatureHeader } from '../viewer.ts'
import { HttpDataSource } from './http-data-source.ts'
import { subgraphRoute } from './http-server.ts'
import type { Subgraph } from './subgraph.ts'

const secret = 's'.repeat(32)
const scope = (over: Partial<RequestScope> = {}): RequestScope => ({
  viewer: { id: 7 },
  requestId: 'r1',
  origin: 'http://example.test',
  deadline: Date.now() + 5_000,
  ...over,
})
const query = (operation: string, variables = {}) => ({ kind: 'query', operation, variables }) as const

async function startServer(port = 0) {
  const world = { count: 0 }
  const typeDefs = parse(`
    type Query { who: String known: Int secret: Int slow(ms: Int! = 2000): Int }
    type Mutation { add(n: Int!): Int }`)
  const resolvers = {
    Query: {
      who: (_: unknown, __: unknown, context: RequestScope) =>
        `${context.viewer?.id} ${context.origin} ${context.requestId}`,
      known: () => {
        throw errors.notFound('Thing', 1)
      },
      secret: () => {
        throw new Error('the password is 1234')
      },
      slow: (_: unknown, { ms }: { ms: number }) => new Promise((resolve) => setTimeout(resolve, ms, 1)),
    },
    Mutation: { add: (_: unknown, { n }: { n: number }) => (world.count += n) },
  }
  const subgraph: Subgraph = {
    name: 'thing',
    schema: buildSubgraphSchema([{ typeDefs, resolvers }]),
    createContext: (given) => given,
    close: async () => {},
  }
  const app = createHttpServer({ log: await createLog({ level: 'silent' }) })
  await app.register(subgraphRoute({ subgraph, secret }))
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, world, app, [Symbol.asyncDispose]: () => app.close() }
}

test('the scope arrives as it was sent, and known errors keep their code while others tell nothing', async () => {
  await using server = await startServer()
  const source = new HttpDataSource({ name: 'thing', url: server.url, secret })
  assert.deepEqual(await source.execute(query('{ who }'), scope()), { data: { who: '7 http://example.test r1' } })
  assert.equal((await source.execute(query('{ known }'), scope())).errors?.[0]?.extensions['code'], 'NOT_FOUND')
  const unfit = await source.execute(query('query($ms: Int) { slow(ms: $ms) }', { ms: null }), scope())
  assert.equal(unfit.errors?.[0]?.extensions['code'], 'BAD_USER_INPUT')
  const { errors: faults } = await source.execute(query('{ secret }'), scope())
  assert.equal(faults?.[0]?.extensions['code'], 'INTERNAL_SERVER_ERROR')
  assert.doesNotMatch(JSON.stringify(faults), /password/)
  await source.close()
})

test('unsigned, changed, stale and foreign requests are refused', async () => {
  await using server = await startServer()
  const body = JSON.stringify({ query: '{ who }' })
  const post = async (sent: string, headers: Record<string, string>) =>
    (
      await fetch(server.url, {
        method: 'POST',
        body: sent,
        headers: { 'content-type': 'application/json', ...headers },
      })
    ).status
  assert.equal(await post(body, sealEnvelope(scope(), body, secret, Date.now())), 200)
  assert.equal(await post(body, {}), 401)
  assert.equal(await post(`${body} `, sealEnvelope(scope(), body, secret, Date.now())), 401)
  assert.equal(await post(body, sealEnvelope(scope(), body, 'x'.repeat(32), Date.now())), 401)
  assert.equal(await post(body, sealEnvelope(scope(), body, secret, Date.now() - 60_000)), 401)
  const envelope = sealEnvelope(scope(), body, secret, Date.now())
  assert.equal(await post(body, { ...envelope, [signatureHeader]: 'é'.repeat(43) }), 401)
  assert.equal(await post('{', sealEnvelope(scope(), '{', secret, Date.now())), 400)
})

test('a peer that is away is UNAVAILABLE, one that is slow is TIMEOUT, and both are used again', async () => {
  let server = await startServer()
  const port = Number(new URL(server.url).port)
  let now = Date.now()
  const source = new HttpDataSource({
    name: 'thing',
    url: server.url,
    secret,
    newBreaker: () => new Breaker({ failures: 3, clock: () => now }),
  })
  const slow = await source.execute(query('{ slow }'), scope({ deadline: Date.now() + 100 }))
  assert.equal(slow.errors?.[0]?.extensions['code'], 'TIMEOUT')
  await server.app.close()
  for (let n = 0; n < 10; n++)
    assert.equal((await source.execute(query('{ who }'), scope())).errors?.[0]?.extensions['code'], 'UNAVAILABLE')
  server = await startServer(port)
  now += 500
  assert.equal((await source.execute(query('{ who }'), scope())).errors, undefined)
  await source.close()
  await server.app.close()
})

test('a connection that breaks under a query is tried once more, under a mutation not', async () => {
  await using server = await startServer()
  let broken = 0
  const peer = new URL(server.url)
  // Takes the first request of each kind and hangs up after it was read.
  const proxy = createServer((socket: Socket) => {
    socket.once('data', (first) => {
      if (broken < 2) {
        broken++
        socket.resetAndDestroy()
        return
      }
      const onward = new (socket.constructor as typeof Socket)()
      onward.connect(Number(peer.port), peer.hostname, () => {
        onward.write(first)
        socket.pipe(onward).pipe(socket)
      })
      onward.on('error', () => socket.destroy())
      socket.on('error', () => onward.destroy())
    })
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const address = proxy.address()
  assert.ok(typeof address === 'object' && address)
  const source = new HttpDataSource({ name: 'thing', url: `http://127.0.0.1:${address.port}`, secret })
  const add = { kind: 'mutation', operation: 'mutation { add(n: 1) }', variables: {} } as const
  assert.equal((await source.execute(add, scope())).errors?.[0]?.extensions['code'], 'UNAVAILABLE')
  assert.deepEqual(await source.execute(query('{ who }'), scope()), { data: { who: '7 http://example.test r1' } })
  assert.equal(broken, 2)
  assert.equal(server.world.count, 0)
  await source.close()
  proxy.close()
})
