import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { eventually } from '../../test/testkit/eventually.ts'
import { Rate } from './rate.ts'
import { startLive } from './testkit.ts'
import { type Frame, RawClient } from './testkit-client.ts'

const heard = 'subscription { heard(room: "hall") { text } }'
const nameOf = async (frame: Promise<Frame>) => [(await frame).type, (await frame).id]

suite('graphql-transport-ws', () => {
  test('a socket without the subprotocol is closed with 4406', async () => {
    await using live = await startLive()
    for (const protocol of ['', 'graphql-ws']) {
      await using client = await RawClient.open(live.ws, protocol)
      assert.equal((await client.closed).code, 4406)
    }
  })

  test('an operation before the acknowledgement closes with 4401', async () => {
    await using live = await startLive()
    await using client = await RawClient.open(live.ws)
    client.subscribe('1', heard)
    assert.equal((await client.closed).code, 4401)
    await using hasty = await RawClient.open(live.ws)
    hasty.send({ type: 'connection_init', payload: { token: await live.token(1) } })
    hasty.subscribe('1', heard)
    assert.equal((await hasty.closed).code, 4401)
    assert.deepEqual(live.world.opened, [])
  })

  test('a second initialisation closes with 4429', async () => {
    await using live = await startLive()
    await using client = await RawClient.connect(live.ws)
    client.send({ type: 'connection_init' })
    assert.equal((await client.closed).code, 4429)
  })

  test('no initialisation in time closes with 4408', async () => {
    await using live = await startLive({ caps: { initWithin: 30 } })
    await using client = await RawClient.open(live.ws)
    assert.equal((await client.closed).code, 4408)
  })

  test('what is not a message of the protocol closes with 4400', async () => {
    await using live = await startLive()
    const wrong = ['{', 'null', '{}', '{"type":"start"}', '{"type":"subscribe","id":"","payload":{"query":""}}']
    const shapes = [
      '{"type":"subscribe","id":"1","payload":{"query":1}}',
      '{"type":"complete"}',
      Buffer.from('{}'),
      `{"type":"complete","id":"${'x'.repeat(201)}"}`,
    ]
    for (const message of [...wrong, ...shapes]) {
      await using client = await RawClient.connect(live.ws)
      client.ws.send(message)
      assert.equal((await client.closed).code, 4400, String(message))
    }
  })

  test('an id that is in use closes with 4409, one that was completed is free', async () => {
    await using live = await startLive()
    await using client = await RawClient.connect(live.ws)
    client.subscribe('1', heard)
    client.send({ id: '1', type: 'complete' })
    client.subscribe('1', heard)
    await eventually(() => live.world.open.size === 1)
    live.world.say('hello')
    assert.deepEqual(await client.next(), { id: '1', type: 'next', payload: { data: { heard: { text: 'hello' } } } })
    client.subscribe('1', heard)
    assert.equal((await client.closed).code, 4409)
  })

  test('a token that is no good closes with 4403 instead of an acknowledgement', async () => {
    await using live = await startLive()
    const ended = await live.token(1, 1)
    live.versions.set(1, 2)
    for (const payload of [{ Authorization: 'Bearer nonsense' }, { authorization: ended }, { token: 7 }]) {
      await using client = await RawClient.open(live.ws)
      client.send({ type: 'connection_init', payload })
      assert.equal((await client.closed).code, 4403)
      assert.deepEqual(client.frames, [])
    }
  })

  test('a ping is answered, whatever it carries, also before the acknowledgement', async () => {
    await using live = await startLive()
    await using client = await RawClient.open(live.ws)
    const deep = `${'['.repeat(45_000)}{"0":1}${']'.repeat(45_000)}`
    for (const payload of ['{"n":1}', `{"a":${deep}}`]) {
      client.send(`{"type":"ping","payload":${payload}}`)
      assert.deepEqual(await client.next(), { type: 'pong' })
    }
    client.send({ type: 'pong' })
    client.send({ type: 'ping' })
    assert.deepEqual(await client.next(), { type: 'pong' })
  })

  test('completing a subscription that is still being opened ends it at its owner', async () => {
    await using live = await startLive()
    const gate = Promise.withResolvers<void>()
    live.world.gate = gate.promise
    await using client = await RawClient.connect(live.ws)
    client.subscribe('1', heard)
    await eventually(() => live.live.relay.size === 1)
    client.send({ id: '1', type: 'complete' })
    await eventually(() => live.live.relay.size === 0)
    gate.resolve()
    await eventually(() => live.world.opened.length === 1 && live.world.open.size === 0)
    live.world.say('nobody hears it')
    client.send({ type: 'ping' })
    assert.deepEqual(await client.next(), { type: 'pong' })
  })

  test('a socket that breaks ends its silent subscriptions at their owner', async () => {
    await using live = await startLive()
    const client = await RawClient.connect(live.ws)
    client.subscribe('1', heard)
    client.subscribe('2', 'subscription { counted(id: "1") { value } }')
    await eventually(() => live.world.open.size === 2)
    client.ws.terminate()
    await eventually(() => live.world.open.size === 0, 1_000)
    assert.equal(live.live.connections.size, 0)
  })

  test('a message that is too large closes with 1009', async () => {
    await using live = await startLive({ caps: { messageBytes: 1_000 } })
    await using client = await RawClient.connect(live.ws)
    client.subscribe('1', `${heard} # ${'x'.repeat(1_000)}`)
    assert.equal((await client.closed).code, 1009)
  })

  test('one operation too many is refused, and the others go on', async () => {
    await using live = await startLive({ caps: { operations: 3 } })
    await using client = await RawClient.connect(live.ws)
    for (let n = 1; n <= 4; n++) client.subscribe(String(n), heard)
    const refused = await client.next()
    assert.deepEqual([refused.type, refused.id, refused.payload[0].extensions.code], ['error', '4', 'LIMIT_EXCEEDED'])
    await eventually(() => live.world.open.size === 1)
    live.world.say('hello')
    const frames = [await client.next(), await client.next(), await client.next()]
    assert.deepEqual(frames.map(({ type, id }) => `${type} ${id}`).sort(), ['next 1', 'next 2', 'next 3'])
  })

  test('who goes on opening operations after refusals is closed with 4429', async () => {
    await using live = await startLive({ caps: { operations: 2, refusals: 3 } })
    await using client = await RawClient.connect(live.ws)
    for (let n = 1; n <= 5; n++) client.subscribe(String(n), heard)
    for (let n = 3; n <= 5; n++) assert.deepEqual(await nameOf(client.next()), ['error', String(n)])
    client.send({ id: '1', type: 'complete' }) // whoever makes room is patient again
    for (let n = 6; n <= 9; n++) client.subscribe(String(n), heard)
    for (let n = 7; n <= 9; n++) assert.deepEqual(await nameOf(client.next()), ['error', String(n)])
    client.subscribe('10', heard)
    assert.equal((await client.closed).code, 4429)
    await eventually(() => live.world.open.size === 0)
  })

  test('too many messages close with 1008', async () => {
    await using live = await startLive({ caps: { messagesPerSecond: 1, messagesAtOnce: 10 } })
    await using client = await RawClient.connect(live.ws)
    for (let n = 0; n < 12; n++) client.send({ type: 'ping' })
    assert.equal((await client.closed).code, 1008)
  })

  test('a message that something of ours fails on closes its socket with 1011, and no other', async (context) => {
    await using live = await startLive()
    await using client = await RawClient.connect(live.ws)
    await using other = await RawClient.connect(live.ws)
    const allows = context.mock.method(Rate.prototype, 'allows', () => {
      throw new Error('a fault of ours')
    })
    client.send({ type: 'ping' })
    assert.equal((await client.closed).code, 1011)
    allows.mock.restore()
    other.send({ type: 'ping' })
    assert.deepEqual(await other.next(), { type: 'pong' })
  })

  test('a clock that is set back takes no messages away', async () => {
    let ahead = 3_600_000
    await using live = await startLive({ clock: () => Date.now() + ahead })
    await using client = await RawClient.connect(live.ws)
    ahead = 0
    for (let n = 0; n < 100; n++) {
      client.send({ type: 'ping' })
      assert.deepEqual(await client.next(), { type: 'pong' })
    }
  })

  test('nothing is sent for an operation after the client has completed it', async () => {
    await using live = await startLive()
    await using client = await RawClient.connect(live.ws)
    client.subscribe('1', heard)
    await eventually(() => live.world.open.size === 1)
    client.send({ id: '1', type: 'complete' })
    await eventually(() => live.world.open.size === 0)
    live.world.say('hello')
    client.send({ type: 'ping' })
    assert.deepEqual(await client.next(), { type: 'pong' })
  })

  test('an error is the last message of its operation', async () => {
    await using live = await startLive()
    await using client = await RawClient.connect(live.ws)
    client.subscribe('1', 'subscription { nothing }')
    assert.equal((await client.next()).type, 'error')
    client.subscribe('1', '{ rooms }')
    assert.deepEqual(await client.next(), { id: '1', type: 'next', payload: { data: { rooms: ['hall'] } } })
    assert.deepEqual(await client.next(), { id: '1', type: 'complete' })
  })

  test('an upgrade to another path is answered with 404', async () => {
    await using live = await startLive()
    await assert.rejects(RawClient.open(live.ws.replace('/graphql', '/elsewhere')), /404/)
  })

  test('an address of thousands of slashes takes no time', async () => {
    await using live = await startLive()
    const before = performance.now()
    await assert.rejects(RawClient.open(live.ws.replace('/graphql', `/a${'/'.repeat(60_000)}b`)), /404/)
    assert.ok(performance.now() - before < 2_000)
    await using client = await RawClient.open(live.ws.replace('/graphql', '//graphql///?'))
    client.send({ type: 'ping' })
    assert.deepEqual(await client.next(), { type: 'pong' })
  })

  test('every text is either answered or closes the socket, never both and never silence', async () => {
    await using live = await startLive()
    for (const query of [
      '',
      '{',
      'query Q { rooms } query R { rooms }',
      'fragment F on Query { rooms }',
      '{ nope }',
      '{ __typename }',
    ]) {
      await using client = await RawClient.connect(live.ws)
      client.subscribe('1', query)
      assert.match((await client.next()).type, /^(next|error)$/, query)
    }
  })
})
