import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { GraphQLError } from 'graphql'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { eventually } from '../../test/testkit/eventually.ts'
import { startLive } from './testkit.ts'
import { RawClient } from './testkit-client.ts'

const heard = 'subscription { heard(room: "hall") { text } }'

suite('sessions', () => {
  test('the viewer of a socket is the owner of its token, in queries, mutations and subscriptions', async () => {
    await using live = await startLive()
    for (const name of ['Authorization', 'authorization', 'token']) {
      await using client = await RawClient.open(live.ws)
      client.send({ type: 'connection_init', payload: { [name]: await live.token(4) } })
      await client.next()
      client.subscribe('1', '{ viewer { id name } }')
      assert.deepEqual((await client.next()).payload, { data: { viewer: { id: '4', name: 'user 4' } } })
      await client.next()
      client.subscribe('2', 'mutation { say(room: "hall", text: "hi") { author { id } } }')
      assert.deepEqual((await client.next()).payload, { data: { say: { author: { id: '4' } } } })
      await client.next()
      client.subscribe('3', 'subscription { private }')
      assert.deepEqual((await client.next()).payload, { data: { private: 'for 4' } })
    }
  })

  test('a socket closes with 4403 when its token expires', async () => {
    const world = { now: Date.now() }
    await using live = await startLive({ clock: () => world.now, lifetime: 60_000, caps: { pingEvery: 100 } })
    await using client = await RawClient.connect(live.ws, await live.token(1))
    await using anonymous = await RawClient.connect(live.ws)
    client.subscribe('1', heard)
    await eventually(() => live.world.open.size === 1)
    world.now += 60_000
    assert.deepEqual(await client.closed, { code: 4403, reason: 'the token has expired' })
    assert.equal(live.world.open.size, 0)
    anonymous.send({ type: 'ping' })
    assert.equal((await anonymous.next()).type, 'pong')
  })

  test('ending sessions closes the sockets of older tokens of that user, and no others', async () => {
    await using live = await startLive()
    await using old = await RawClient.connect(live.ws, await live.token(1, 1))
    await using other = await RawClient.connect(live.ws, await live.token(2, 1))
    live.versions.set(1, 2)
    live.live.sessionEnded({ userId: 1, version: 2 })
    assert.equal((await old.closed).code, 4403)
    await using renewed = await RawClient.connect(live.ws, await live.token(1, 2))
    live.live.sessionEnded({ userId: 1, version: 2 })
    for (const client of [renewed, other]) {
      client.send({ type: 'ping' })
      assert.equal((await client.next()).type, 'pong')
    }
  })

  test('an ended session that nobody told of is found by asking, and by the next operation', async () => {
    const world = { now: Date.now() }
    await using live = await startLive({ clock: () => world.now })
    await using asked = await RawClient.connect(live.ws, await live.token(1))
    await using busy = await RawClient.connect(live.ws, await live.token(2))
    await using well = await RawClient.connect(live.ws, await live.token(3))
    live.versions.set(1, 2).set(2, 2)
    world.now += 2_000
    busy.subscribe('1', '{ rooms }')
    assert.equal((await busy.closed).code, 4403)
    await live.live.recheckSessions()
    assert.equal((await asked.closed).code, 4403)
    well.send({ type: 'ping' })
    assert.equal((await well.next()).type, 'pong')
  })

  test('news that may have been missed is asked for at once, whatever is believed of a session', async () => {
    const now = Date.now()
    await using live = await startLive({ clock: () => now })
    await using asked = await RawClient.connect(live.ws, await live.token(1))
    live.versions.set(1, 2)
    await live.live.recheckSessions()
    await eventually(() => asked.ws.readyState === WebSocket.CLOSED, 2_000)
    assert.equal((await asked.closed).code, 4403)
  })

  test('a session that nobody can tell about is asked for until somebody can', async () => {
    const world = { now: Date.now() }
    await using live = await startLive({ clock: () => world.now, caps: { pingEvery: 100 } })
    await using asked = await RawClient.connect(live.ws, await live.token(1))
    await using well = await RawClient.connect(live.ws, await live.token(2))
    const user = live.sources.get('user')
    assert.ok(user)
    let failures = 0
    live.sources.set('user', { ...user, execute: async () => ({ errors: [new GraphQLError(`away ${failures++}`)] }) })
    live.versions.set(1, 2)
    await live.live.recheckSessions()
    for (const delay of [1_000, 2_000]) {
      const before = failures
      world.now += delay
      await eventually(() => failures > before, 2_000)
    }
    live.sources.set('user', user)
    world.now += 8_000
    await eventually(() => asked.ws.readyState === WebSocket.CLOSED, 2_000)
    assert.equal((await asked.closed).code, 4403)
    well.send({ type: 'ping' })
    assert.equal((await well.next()).type, 'pong')
  })

  test('the end of a session that there was no news of is found within a minute', async () => {
    const world = { now: Date.now() }
    await using live = await startLive({ clock: () => world.now, caps: { pingEvery: 100 } })
    await using asked = await RawClient.connect(live.ws, await live.token(1))
    await using well = await RawClient.connect(live.ws, await live.token(2))
    live.versions.set(1, 2)
    world.now += 60_000
    await eventually(() => asked.ws.readyState === WebSocket.CLOSED, 2_000)
    assert.equal((await asked.closed).code, 4403)
    well.send({ type: 'ping' })
    assert.equal((await well.next()).type, 'pong')
  })

  test('a user has so many sockets and no more', async () => {
    await using live = await startLive({ caps: { connectionsPerUser: 2 } })
    const token = await live.token(1)
    await using one = await RawClient.connect(live.ws, token)
    await using two = await RawClient.connect(live.ws, token)
    await using three = await RawClient.open(live.ws)
    three.send({ type: 'connection_init', payload: { token } })
    assert.equal((await three.closed).code, 1013)
    two.ws.close()
    await two.closed
    await eventually(() => live.live.connections.size === 1)
    await using four = await RawClient.connect(live.ws, token)
    assert.deepEqual(
      [one, four].map(({ ws }) => ws.readyState),
      [WebSocket.OPEN, WebSocket.OPEN],
    )
  })

  test('a process has so many sockets and no more', async () => {
    await using live = await startLive({ caps: { connections: 2 } })
    await using one = await RawClient.open(live.ws)
    await using two = await RawClient.open(live.ws)
    await assert.rejects(RawClient.open(live.ws), /503/)
    one.ws.close()
    await eventually(() => live.live.connections.size === 1)
    await using three = await RawClient.open(live.ws)
    assert.deepEqual(
      [two, three].map(({ ws }) => ws.readyState),
      [WebSocket.OPEN, WebSocket.OPEN],
    )
  })
})

suite('draining', () => {
  test('all sockets close with 1001, after what was running had its answer, and new ones are sent away', async () => {
    await using live = await startLive()
    await using idle = await RawClient.connect(live.ws)
    await using subscribed = await RawClient.connect(live.ws)
    await using busy = await RawClient.connect(live.ws)
    subscribed.subscribe('1', heard)
    await eventually(() => live.world.open.size === 1)
    busy.subscribe('1', '{ slow }')
    busy.send({ type: 'ping' })
    await busy.next()
    const drained = live.live.drain(100)
    await assert.rejects(RawClient.open(live.ws), /503/)
    for (const client of [idle, subscribed, busy]) assert.equal((await client.closed).code, 1001)
    await drained
    assert.deepEqual(subscribed.frames.slice(1), [])
    assert.deepEqual(
      busy.frames.slice(2).map(({ type, payload }) => payload?.data?.slow ?? type),
      ['done', 'complete'],
    )
    assert.equal(live.world.open.size, 0)
  })

  test('clients with a cursor lose nothing and get nothing twice when they move to another gateway', async () => {
    await using live = await startLive()
    const next = await startLive()
    const gateways = [live, next]
    let at = 0
    const got: string[] = []
    let cursor = '0'
    const client = createClient({
      url: () => gateways[Math.min(at++, 1)]?.ws ?? '',
      webSocketImpl: WebSocket,
      retryWait: async () => {},
      retryAttempts: 50,
    })
    const everything = () => {
      const query = 'subscription($after: String) { said(room: "hall", after: $after) { text cursor } }'
      // Read anew when it is sent, so that a retry goes on where the last event left off.
      const variables = {
        get after() {
          return cursor
        },
      }
      client.subscribe<{ said: { text: string; cursor: string } }>(
        { query, variables },
        {
          next: ({ data }) => {
            if (!data) return
            got.push(data.said.text)
            cursor = data.said.cursor
          },
          error: (error) => got.push(String(error)),
          complete: () => {},
        },
      )
    }
    const say = (n: number) => {
      for (const { world } of gateways) world.say(String(n))
    }
    everything()
    for (let n = 0; n < 50; n++) say(n)
    await eventually(() => got.length === 50)
    const drained = live.live.drain(50)
    for (let n = 50; n < 100; n++) say(n)
    await drained
    await eventually(() => got.length === 100)
    assert.deepEqual(
      got,
      Array.from({ length: 100 }, (_, n) => String(n)),
    )
    await client.dispose()
    await next[Symbol.asyncDispose]()
  })
})
