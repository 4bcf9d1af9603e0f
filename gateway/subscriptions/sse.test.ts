import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { suite, test } from 'node:test'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { createClient } from 'graphql-sse'
import { eventually } from '../../test/testkit/eventually.ts'
import { type LiveHarness, startLive } from './testkit.ts'

const heard = 'subscription { heard(room: "hall") { text author { posts } } }'

/** Takes a peer that reads two megabytes five times a second longer than it has for two beats. */
const huge = 40 * 2 ** 20

const post = async (live: LiveHarness, body: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(live.stream, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, type: response.headers.get('content-type') ?? '', response }
}

/** The events of a stream that ends, each as name and data. */
const eventsOf = async (response: Response) =>
  (await response.text())
    .split('\n\n')
    .filter((block) => block.startsWith('event'))
    .map((block) => {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? []
      return [name, data ? JSON.parse(data) : null]
    })

suite('server-sent events', () => {
  test('a client of graphql-sse gets events, and leaving ends the upstream', async () => {
    await using live = await startLive()
    const client = createClient({ url: live.stream, headers: { authorization: `Bearer ${await live.token(6)}` } })
    const events = client.iterate({ query: heard })
    const first = events.next()
    await eventually(() => live.world.open.size === 1)
    live.world.say('hello', '6')
    assert.deepEqual((await first).value, { data: { heard: { text: 'hello', author: { posts: 1 } } } })
    await events.return?.()
    await eventually(() => live.world.open.size === 0)
    assert.deepEqual((await client.iterate({ query: '{ viewer { id } }' }).next()).value, {
      data: { viewer: { id: '6' } },
    })
    client.dispose()
  })

  test('streams and sockets share', async () => {
    await using live = await startLive()
    const clients = [1, 2].map(() => createClient({ url: live.stream }))
    const events = clients.map((client) => client.iterate({ query: heard }))
    const firsts = events.map((each) => each.next())
    await eventually(() => live.live.connections.size === 2 && live.world.open.size === 1)
    live.world.say('hello')
    assert.equal((await Promise.all(firsts)).length, 2)
    assert.equal(live.world.calls['stats'], 1)
    for (const client of clients) client.dispose()
  })

  test('faults of the operation come in the stream, masked', async () => {
    await using live = await startLive()
    const faults: [query: string, code: string][] = [
      ['subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
      ['subscription { broken }', 'INTERNAL_SERVER_ERROR'],
      [`{ ${'rooms '.repeat(30)} }`, 'LIMIT_EXCEEDED'],
      ['{ secret }', 'INTERNAL_SERVER_ERROR'],
    ]
    for (const [query, code] of faults) {
      const { status, type, response } = await post(live, { query })
      assert.deepEqual([status, type], [200, 'text/event-stream; charset=utf-8'])
      const [[name, result], complete] = (await eventsOf(response)) as [
        [string, { errors: { extensions: { code: string } }[] }],
        unknown,
      ]
      assert.deepEqual([name, result.errors[0]?.extensions.code], ['next', code])
      assert.deepEqual(complete, ['complete', null])
      assert.doesNotMatch(JSON.stringify(result), /password/)
    }
  })

  test('who may not ask, or asks in no readable way, gets a plain error', async () => {
    await using live = await startLive({ caps: { connectionsPerUser: 0 } })
    const asked: [body: unknown, headers: Record<string, string>, status: number][] = [
      [{ query: heard }, { authorization: 'Bearer nonsense' }, 401],
      [{ query: heard }, { authorization: `Bearer ${await live.token(1)}` }, 429],
      ['{', {}, 400],
      [{}, {}, 400],
      [{ query: heard, variables: [] }, {}, 400],
    ]
    for (const [body, headers, status] of asked) {
      const answer = await post(live, body, headers)
      assert.equal(answer.status, status)
      const { errors } = (await answer.response.json()) as { errors: { extensions: { code: string } }[] }
      assert.ok(errors[0]?.extensions.code)
    }
    assert.equal(live.live.connections.size, 0)
  })

  test('GET is for subscriptions', async () => {
    await using live = await startLive()
    const get = (query: string) => fetch(`${live.stream}?${new URLSearchParams({ query })}`)
    const refused = await eventsOf(await get('mutation { say(room: "hall", text: "x") { text } }'))
    assert.equal(refused[0]?.[1].errors[0].extensions.code, 'BAD_USER_INPUT')
    assert.deepEqual(live.world.log, [])
    const response = await get('subscription($room: String = "hall") { heard(room: $room) { text } }')
    await eventually(() => live.world.open.size === 1)
    await response.body?.cancel()
    await eventually(() => live.world.open.size === 0)
  })

  test('a stream ends without completing when its session does, and when the process drains', async () => {
    await using live = await startLive()
    const headers = { authorization: `Bearer ${await live.token(1)}` }
    const ended = await post(live, { query: heard }, headers)
    const drained = await post(live, { query: heard })
    await eventually(() => live.world.open.size === 2)
    live.live.sessionEnded({ userId: 1, version: 2 })
    assert.deepEqual(await eventsOf(ended.response), [])
    await eventually(() => live.world.open.size === 1)
    await live.live.drain(0)
    assert.deepEqual(await eventsOf(drained.response), [])
    assert.equal((await post(live, { query: heard })).status, 503)
  })

  test('a mutation that runs when the process drains is answered', async () => {
    await using live = await startLive()
    const gate = Promise.withResolvers<void>()
    live.world.writing = gate.promise
    const query = 'mutation { say(room: "hall", text: "last words") { text } }'
    const response = await post(live, { query }, { authorization: `Bearer ${await live.token(1)}` })
    const drained = live.live.drain(0)
    gate.resolve()
    assert.deepEqual(await eventsOf(response.response), [
      ['next', { data: { say: { text: 'last words' } } }],
      ['complete', null],
    ])
    await drained
  })

  test('a page of any origin may ask', async () => {
    await using live = await startLive()
    const asks = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' }
    const asked = await fetch(live.stream, { method: 'OPTIONS', headers: { origin: 'http://elsewhere', ...asks } })
    assert.equal(asked.status, 204)
    assert.match(asked.headers.get('access-control-allow-headers') ?? '', /authorization, content-type/)
    const refused = await post(live, '{')
    const answered = await post(live, { query: '{ rooms }' }, { 'x-request-id': 'mine' })
    for (const { headers } of [asked, refused.response, answered.response])
      assert.equal(headers.get('access-control-allow-origin'), '*')
    assert.equal(answered.response.headers.get('x-request-id'), 'mine')
    await answered.response.text()
  })

  /** A client that does not read by itself. */
  const ask = (live: LiveHarness, query: string, headers = '') => {
    const socket = connect(live.port, '127.0.0.1').pause()
    const body = JSON.stringify({ query })
    socket.write(
      `POST /graphql/stream HTTP/1.1\r\nHost: x\r\n${headers}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    socket.on('error', () => {}) // it may be reset
    return socket
  }

  test('a peer that takes nothing any more is cut off', async () => {
    await using live = await startLive({ caps: { pingEvery: 50, waitingBytes: 10_000 } })
    const socket = ask(live, heard)
    await eventually(() => live.world.open.size === 1)
    for (let n = 0; n < 200; n++) live.world.say('x'.repeat(50_000))
    await eventually(() => live.live.connections.size === 0)
    assert.equal(live.world.open.size, 0)
    socket.destroy()
  })

  test('a peer that takes nothing any more is cut off, also when its stream has ended', async () => {
    await using live = await startLive({ caps: { pingEvery: 200, waitingBytes: 10_000 } })
    const socket = ask(live, heard, `Authorization: Bearer ${await live.token(1)}\r\n`)
    await eventually(() => live.world.open.size === 1)
    live.world.say('x'.repeat(huge))
    await eventually(() => live.live.relay.counts.deliveries === 1)
    live.live.sessionEnded({ userId: 1, version: 2 })
    assert.equal(live.live.connections.size, 1)
    await eventually(() => live.live.connections.size === 0)
    socket.destroy()
  })

  test('a peer that takes a long time for a large event is kept', async () => {
    await using live = await startLive({ caps: { pingEvery: 1_000 } })
    const socket = ask(live, heard)
    let taken = 0
    socket.on('data', ({ length }) => {
      taken += length
    })
    socket.pause()
    await eventually(() => live.world.open.size === 1)
    live.world.say('x'.repeat(huge))
    while (taken < huge && !socket.destroyed) {
      socket.resume()
      await turn()
      socket.pause()
      await sleep(200)
    }
    assert.ok(taken > huge, `${taken} bytes came`)
    assert.equal(live.live.connections.size, 1)
    socket.destroy()
  })
})
