import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { errors } from '../../kit/errors.ts'
import { eventually } from '../../test/testkit/eventually.ts'
import { startLive, startOwner } from './testkit.ts'
import { RawClient } from './testkit-client.ts'
import { World } from './testkit-world.ts'

const said = 'subscription { said(room: "hall", after: "0") { text author { name } } }'
const heard = 'subscription { heard(room: "hall") { text } }'
const counted = 'subscription { counted(id: "1") { value } }'
const tallied = 'subscription { tallied(of: ["1", "2"]) { id value } }'

/** A gateway whose chat subgraph is in a server of its own. */
const start = async (options: Parameters<typeof startLive>[0] = {}) => {
  const world = new World()
  const owner = await startOwner(world)
  const live = await startLive({ ...options, ownerUrl: owner.url })
  return { world, owner, live }
}

suite('an owner elsewhere', () => {
  test('events are completed as those of an owner in process, in order', async () => {
    const { world, owner, live } = await start()
    await using _owner = owner
    await using _live = live
    await using client = await RawClient.connect(live.ws)
    client.subscribe('1', said)
    await eventually(() => world.open.size === 1)
    for (let n = 0; n < 200; n++) world.say(String(n), '9')
    for (let n = 0; n < 200; n++)
      assert.deepEqual((await client.next()).payload, {
        data: { said: { text: String(n), author: { name: 'user 9' } } },
      })
  })

  test('viewers share the connection and nothing else, and errors arrive masked', async () => {
    const { world, owner, live } = await start()
    await using _owner = owner
    await using _live = live
    const connections = new Set<unknown>()
    owner.server.on('upgrade', (_request, socket) => connections.add(socket))
    for (let id = 1; id <= 5; id++) {
      await using client = await RawClient.connect(live.ws, await live.token(id))
      client.subscribe('1', 'subscription { private }')
      assert.deepEqual((await client.next()).payload, { data: { private: `for ${id}` } })
    }
    await using nobody = await RawClient.connect(live.ws)
    nobody.subscribe('1', 'subscription { private }')
    assert.equal((await nobody.next()).payload[0].extensions.code, 'UNAUTHENTICATED')
    nobody.subscribe('1', 'subscription { broken }')
    const broken = await nobody.next()
    assert.equal(broken.payload[0].extensions.code, 'INTERNAL_SERVER_ERROR')
    assert.doesNotMatch(JSON.stringify(broken), /password/)
    assert.equal(connections.size, 1)
    await eventually(() => world.open.size === 0)
  })

  test('a client that leaves a silent subscription ends it at the owner at once', async () => {
    const { world, owner, live } = await start()
    await using _owner = owner
    await using _live = live
    const client = await RawClient.connect(live.ws)
    client.subscribe('1', heard)
    client.subscribe('2', counted)
    await eventually(() => world.open.size === 2)
    client.send({ id: '1', type: 'complete' })
    await eventually(() => world.open.size === 1, 1_000)
    client.ws.terminate()
    await eventually(() => world.open.size === 0, 1_000)
  })

  test('an owner that restarts is not noticed by who has a cursor or wants the latest value', async () => {
    const { world, owner, live } = await start()
    await using _live = live
    await using client = await RawClient.connect(live.ws)
    client.subscribe('chat', said)
    client.subscribe('count', counted)
    client.subscribe('plain', heard)
    await eventually(() => world.open.size === 3)
    world.say('before')
    assert.equal((await client.next()).payload.data.said?.text ?? 'before', 'before')
    await client.next()
    await owner[Symbol.asyncDispose]()
    const ended = await client.next()
    assert.deepEqual([ended.id, ended.type, ended.payload[0].extensions.code], ['plain', 'error', 'UNAVAILABLE'])
    assert.equal(ended.payload[0].extensions.retryable, true)
    world.say('while it was away')
    world.count('1', 7)
    await using _again = await startOwner(world, owner.port)
    const frames = [await client.next(), await client.next()]
    const of = (id: string) => frames.find((frame) => frame.id === id)?.payload.data
    assert.equal(of('chat').said.text, 'while it was away')
    assert.equal(of('count').counted.value, 7)
    world.say('after')
    assert.equal((await client.next()).payload.data.said.text, 'after')
  })

  test('who subscribes while the owner is away waits for it, but not for ever', async () => {
    let now = Date.now()
    const { world, owner, live } = await start({ clock: () => now })
    await using _live = live
    await using client = await RawClient.connect(live.ws)
    const triedAgain = (before = live.live.relay.counts.reopenings) =>
      eventually(() => live.live.relay.counts.reopenings > before + 1)
    await owner[Symbol.asyncDispose]()
    client.subscribe('1', said)
    await triedAgain()
    const again = await startOwner(world, owner.port)
    await eventually(() => world.open.size === 1)
    world.say('hello')
    assert.equal((await client.next()).payload.data.said.text, 'hello')
    await again[Symbol.asyncDispose]()
    client.send({ id: '1', type: 'complete' })
    client.subscribe('2', said)
    client.send({ type: 'ping' })
    assert.equal((await client.next()).type, 'pong')
    now += 29_000
    await triedAgain()
    now += 2_000
    const { id, type, payload } = await client.next()
    assert.deepEqual([id, type, payload[0].extensions.code], ['2', 'error', 'UNAVAILABLE'])
    assert.equal(live.live.relay.size, 0)
  })

  test('so does who is refused for want of what the owner needs', async () => {
    let now = Date.now()
    const { world, owner, live } = await start({ clock: () => now, opening: 400 })
    await using _owner = owner
    await using _live = live
    await using client = await RawClient.connect(live.ws)
    world.gate = Promise.reject(errors.unavailable('elsewhere'))
    world.gate.catch(() => {}) // each subscription hears of it
    client.subscribe('1', said)
    await eventually(() => live.live.relay.counts.reopenings > 1)
    now += 500
    const { type, payload } = await client.next()
    assert.deepEqual([type, payload[0].extensions.code], ['error', 'UNAVAILABLE'])
  })

  test('once open, an owner is waited for as long as its clients stay', async () => {
    let now = Date.now()
    const { world, owner, live } = await start({ clock: () => now })
    await using _live = live
    await using client = await RawClient.connect(live.ws)
    for (const [id, query] of Object.entries({ said, counted, tallied })) client.subscribe(id, query)
    await eventually(() => world.open.size === 3)
    for (const value of [0, 0]) assert.equal((await client.next()).payload.data.tallied.value, value)
    now += 1_000
    await owner[Symbol.asyncDispose]()
    await eventually(() => live.live.relay.counts.reopenings >= 3)
    now += 3_600_000
    const { reopenings } = live.live.relay.counts
    await eventually(() => live.live.relay.counts.reopenings >= reopenings + 6)
    world.say('while it was away')
    world.count('1', 7)
    await using _again = await startOwner(world, owner.port)
    const frames = [await client.next(), await client.next(), await client.next(), await client.next()]
    const of = (wanted: string) => frames.filter(({ id }) => id === wanted).map(({ payload }) => payload.data[wanted])
    assert.equal(of('said')[0].text, 'while it was away')
    assert.equal(of('counted')[0].value, 7)
    assert.deepEqual(of('tallied'), [
      { id: '1', value: 7 },
      { id: '2', value: 0 },
    ])
  })

  test('a client that does not read stops its source at the owner, and nobody else’s', async () => {
    const { world, owner, live } = await start({ caps: { waitingBytes: 20_000 } })
    await using _owner = owner
    await using _live = live
    await using slow = await RawClient.connect(live.ws, await live.token(1))
    await using quick = await RawClient.connect(live.ws, await live.token(2))
    slow.subscribe('1', heard)
    quick.subscribe('1', counted)
    await eventually(() => world.open.size === 2)
    slow.ws.pause()
    const long = 'x'.repeat(50_000)
    const flood = 400
    for (let n = 0; n < flood; n++) world.say(`${n} ${long}`)
    for (let n = 0; n < 50; n++) {
      world.count('1', n)
      assert.equal((await quick.next()).payload.data.counted.value, n)
    }
    assert.ok(world.taken < flood)
    slow.ws.resume()
    for (let n = 0; n < flood; n++) assert.equal((await slow.next()).payload.data.heard.text.split(' ')[0], String(n))
  })
})
