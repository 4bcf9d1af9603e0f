import assert from 'node:assert/strict'
import { getEventListeners, once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite, test } from 'node:test'
import { promisify } from 'node:util'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { type ExecutionResult, parse } from 'graphql'
import { WebSocket, WebSocketServer } from 'ws'
import { eventually } from '../../test/testkit/eventually.ts'
import { startProxy } from '../../test/testkit/proxy.ts'
import { createLog } from '../log.ts'
import { type RequestScope, sealEnvelope } from '../viewer.ts'
import type { SubgraphEvents } from './data-source.ts'
import { SubgraphLink } from './ws-client.ts'
import { connectionBody, initialCredit, subscriptionBody } from './ws-protocol.ts'
import { attachSubgraphSockets } from './ws-server.ts'

const secret = 's'.repeat(32)
const scope = (id: number): RequestScope => ({
  viewer: { id },
  requestId: 'r1',
  origin: 'http://example.test',
  deadline: Date.now() + 5_000,
})
const numbers = {
  kind: 'subscription',
  operation: 'subscription($to: Int!) { numbers(to: $to) }',
  variables: { to: 100 },
} as const
const quiet = { kind: 'subscription', operation: 'subscription { quiet }', variables: {} } as const

async function startServer() {
  const world = { taken: 0, open: 0, viewers: [] as (number | undefined)[] }
  const counted = (next: () => Promise<IteratorResult<number>>) => {
    world.open++
    let open = true
    return {
      next,
      return: async () => {
        if (open) world.open--
        open = false
        return { done: true, value: undefined }
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }
  const resolvers = {
    Subscription: {
      numbers: {
        subscribe: (_: unknown, { to }: { to: number }, { viewer }: RequestScope) => {
          world.viewers.push(viewer?.id)
          let n = 0
          return counted(async () => {
            if (n === to) {
              world.open--
              return { done: true, value: undefined }
            }
            world.taken++
            return { done: false, value: ++n }
          })
        },
        resolve: (n: number) => n,
      },
      quiet: { subscribe: () => counted(() => new Promise(() => {})), resolve: () => 1 },
    },
  }
  const typeDefs = parse('type Query { a: Int } type Subscription { numbers(to: Int!): Int! quiet: Int }')
  const schema = buildSubgraphSchema([{ typeDefs, resolvers } as never]) // the resolvers of a test are loosely typed
  const subgraph = { name: 'thing', schema, createContext: (given: RequestScope) => given, close: async () => {} }
  const server = createServer()
  const close = attachSubgraphSockets(server, { subgraph, secret, log: await createLog({ level: 'silent' }) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // listening on a port
  return {
    world,
    port,
    url: `http://127.0.0.1:${port}`,
    connections: promisify(server.getConnections.bind(server)),
    async [Symbol.asyncDispose]() {
      await close()
      server.close()
    },
  }
}

async function subscribe(
  link: SubgraphLink,
  call: Parameters<SubgraphLink['subscribe']>[0],
  id = 7,
  signal = new AbortController().signal,
) {
  const opened = await link.subscribe(call, scope(id), signal)
  assert.ok(Symbol.asyncIterator in opened, JSON.stringify(opened))
  return opened
}

const read = async (events: SubgraphEvents) => {
  const results: ExecutionResult[] = []
  for await (const event of events) results.push(event)
  return results.map(({ data }) => data?.['numbers'])
}

suite('a subgraph over WebSocket', () => {
  test('events arrive in order to their end, for each viewer on the same connection', async () => {
    await using server = await startServer()
    const link = new SubgraphLink({ name: 'thing', url: server.url, secret })
    const expected = Array.from({ length: 100 }, (_, n) => n + 1)
    const all = await Promise.all([1, 2, 3].map(async (id) => read(await subscribe(link, numbers, id))))
    assert.deepEqual(all, [expected, expected, expected])
    assert.deepEqual(server.world.viewers.sort(), [1, 2, 3])
    link.close()
  })

  test('no more is sent than there is credit for', async () => {
    await using server = await startServer()
    const link = new SubgraphLink({ name: 'thing', url: server.url, secret })
    const events = await subscribe(link, numbers)
    await eventually(() => server.world.taken === initialCredit)
    const other = await read(await subscribe(link, { ...numbers, variables: { to: 3 } }))
    assert.deepEqual(other, [1, 2, 3])
    assert.equal(server.world.taken, initialCredit + 3)
    await events.next()
    await events.return()
    await eventually(() => server.world.open === 0)
    link.close()
  })

  test('leaving, and aborting, end a silent source at once', async () => {
    await using server = await startServer()
    const link = new SubgraphLink({ name: 'thing', url: server.url, secret })
    const abort = new AbortController()
    const left = await subscribe(link, quiet)
    const aborted = await subscribe(link, quiet, 7, abort.signal)
    const pending = [left.next(), aborted.next()]
    await eventually(() => server.world.open === 2)
    void left.return()
    abort.abort()
    assert.deepEqual(
      (await Promise.all(pending)).map(({ done }) => done),
      [true, true],
    )
    await eventually(() => server.world.open === 0, 1_000)
    link.close()
  })

  test('whatever has ended a subscription, nothing of it stays at the signal', async () => {
    await using server = await startServer()
    await using proxy = await startProxy(server.port)
    const link = new SubgraphLink({ name: 'thing', url: `http://127.0.0.1:${proxy.port}`, secret, pingEvery: 30 })
    const { signal } = new AbortController()
    await read(await subscribe(link, numbers, 7, signal))
    const left = await subscribe(link, quiet, 7, signal)
    const lost = await subscribe(link, quiet, 7, signal)
    await left.return()
    assert.equal(getEventListeners(signal, 'abort').length, 1)
    await eventually(() => server.world.open === 1)
    proxy.blackhole()
    await assert.rejects(lost.next(), { extensions: { code: 'UNAVAILABLE', retryable: true, subject: 'thing' } })
    assert.equal(getEventListeners(signal, 'abort').length, 0)
    link.close()
  })

  test('a connection without subscriptions is closed, and another one made when needed', async () => {
    await using server = await startServer()
    const link = new SubgraphLink({ name: 'thing', url: server.url, secret, idle: 20 })
    for (const _ of ['first', 'second']) {
      assert.equal((await read(await subscribe(link, numbers))).length, 100)
      await eventually(async () => (await server.connections()) === 0)
    }
    link.close()
  })

  test('a peer that has gone silent is given up, and its subscriptions end as UNAVAILABLE', async () => {
    await using server = await startServer()
    await using proxy = await startProxy(server.port)
    const link = new SubgraphLink({ name: 'thing', url: `http://127.0.0.1:${proxy.port}`, secret, pingEvery: 30 })
    const events = await subscribe(link, quiet)
    const next = events.next()
    await eventually(() => server.world.open === 1)
    proxy.blackhole()
    await assert.rejects(next, { extensions: { code: 'UNAVAILABLE', retryable: true, subject: 'thing' } })
    assert.equal((await events.next()).done, true)
    link.close()
  })

  test('a peer that says what no process of ours would is given up', async (context) => {
    const strange = new WebSocketServer({ port: 0 })
    context.after(() => strange.close())
    await once(strange, 'listening')
    strange.on('connection', (ws) => {
      ws.on('message', (data) => {
        const { type, id } = JSON.parse(String(data))
        if (type === 'connection_init') ws.send('{"type":"connection_ack"}')
        if (type === 'subscribe') ws.send(JSON.stringify({ type: 'next', id, payload: { errors: 5 } }))
      })
    })
    const { port } = strange.address() as AddressInfo // listening on a port
    const link = new SubgraphLink({ name: 'thing', url: `http://127.0.0.1:${port}`, secret })
    context.after(() => link.close())
    const next = (await subscribe(link, quiet)).next()
    await assert.rejects(next, { extensions: { code: 'UNAVAILABLE', retryable: true, subject: 'thing' } })
  })

  test('a peer that is away is UNAVAILABLE, and not asked by everybody', async () => {
    const link = new SubgraphLink({ name: 'thing', url: 'http://127.0.0.1:1', secret })
    const results = await Promise.all(
      Array.from({ length: 20 }, () => link.subscribe(quiet, scope(1), AbortSignal.timeout(5_000))),
    )
    for (const result of results) {
      assert.ok(!(Symbol.asyncIterator in result))
      assert.equal(result.errors?.[0]?.extensions['code'], 'UNAVAILABLE')
    }
    link.close()
  })
})

suite('envelopes', () => {
  const connect = async (port: number, payload?: object) => {
    const ws = new WebSocket(`ws://127.0.0.1:${port}/`, 'graphql-transport-ws')
    await once(ws, 'open')
    ws.send(JSON.stringify({ type: 'connection_init', ...(payload && { payload }) }))
    return ws
  }
  const sealed = (body: string, key = secret, now = Date.now()) => sealEnvelope(scope(9), body, key, now)

  test('a connection that is not signed is refused', async () => {
    await using server = await startServer()
    for (const payload of [
      undefined,
      {},
      sealed(connectionBody, 'x'.repeat(32)),
      sealed(connectionBody, secret, Date.now() - 60_000),
    ]) {
      const ws = await connect(server.port, payload)
      const [code] = await once(ws, 'close')
      assert.equal(code, 4403)
    }
  })

  test('on a signed connection, a subscription still needs the envelope of its own text and variables', async () => {
    await using server = await startServer()
    const { operation: query, variables } = numbers
    const other = subscriptionBody(query, { to: 5 })
    for (const extensions of [
      undefined,
      {},
      sealed(connectionBody),
      sealed(other),
      sealed(subscriptionBody(query, variables), 'x'.repeat(32)),
    ]) {
      const ws = await connect(server.port, sealed(connectionBody))
      await once(ws, 'message')
      ws.send(
        JSON.stringify({
          id: '1',
          type: 'subscribe',
          payload: { query, variables, ...(extensions && { extensions }) },
        }),
      )
      const [data] = await once(ws, 'message')
      const { type, payload } = JSON.parse(String(data))
      assert.deepEqual([type, payload[0].extensions.code], ['error', 'UNAUTHENTICATED'])
      ws.terminate()
    }
    assert.deepEqual(server.world.viewers, [])
  })
})
