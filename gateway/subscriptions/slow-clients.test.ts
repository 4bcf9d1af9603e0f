import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { eventually } from '../../test/testkit/eventually.ts'
import { type LiveHarness, startLive } from './testkit.ts'
import { RawClient } from './testkit-client.ts'

const caps = { waitingBytes: 20_000, pingEvery: 60_000 }
const long = 'x'.repeat(50_000)
/** More than the kernel and the process will hold for one client. */
const flood = 400

/** Takes a peer that reads two megabytes five times a second longer than it has for two pings. */
const huge = 40 * 2 ** 20
const introspection = '{ rooms __schema { types { name description fields { name description type { name kind } } } } }'

/** Says many long things while nobody waits for them to be read. */
const say = (live: LiveHarness) => {
  for (let n = 0; n < flood; n++) live.world.say(`${n} ${long}`)
}

const readAll = async (client: RawClient, field: string, count: number, from = 0) => {
  for (let n = from; n < count; n++) {
    const { type, payload } = await client.next()
    assert.equal(type, 'next', JSON.stringify(payload))
    assert.equal(payload.data[field].text.split(' ')[0], String(n))
  }
}

suite('slow clients', () => {
  test('a client alone in its group holds up its own source, and loses nothing', async () => {
    await using live = await startLive({ caps })
    await using client = await RawClient.connect(live.ws)
    client.subscribe('1', 'subscription { heard(room: "hall") { text } }')
    await eventually(() => live.world.open.size === 1)
    client.ws.pause()
    say(live)
    let before = -1
    await eventually(async () => {
      const stands = live.world.taken === before
      before = live.world.taken
      await new Promise((resolve) => setTimeout(resolve, 50))
      return stands
    })
    assert.ok(live.world.taken < flood, `${live.world.taken} events were taken`)
    client.ws.resume()
    await readAll(client, 'heard', flood)
  })

  test('with a cursor it is left behind by the others, and catches up unseen', async () => {
    await using live = await startLive({ caps })
    const token = await live.token(1)
    await using slow = await RawClient.connect(live.ws, token)
    await using quick = await RawClient.connect(live.ws, token)
    for (const client of [slow, quick])
      client.subscribe('1', 'subscription { said(room: "hall", after: "0") { text } }')
    await eventually(() => live.world.open.size === 1)
    slow.ws.pause()
    say(live)
    await readAll(quick, 'said', flood)
    slow.ws.resume()
    await readAll(slow, 'said', flood)
    live.world.say(`${flood} and both are live`)
    await readAll(slow, 'said', flood + 1, flood)
    await readAll(quick, 'said', flood + 1, flood)
    await eventually(() => live.live.relay.size === 1)
    assert.ok(live.live.figures.leftBehind > 0)
  })

  test('without a cursor its operation ends with a retryable error after what it was sent', async () => {
    await using live = await startLive({ caps })
    await using slow = await RawClient.connect(live.ws)
    await using quick = await RawClient.connect(live.ws)
    for (const client of [slow, quick]) client.subscribe('1', 'subscription { heard(room: "hall") { text } }')
    await eventually(() => live.world.open.size === 1)
    slow.ws.pause()
    say(live)
    await readAll(quick, 'heard', flood)
    slow.ws.resume()
    for (let n = 0; ; n++) {
      const { type, payload } = await slow.next()
      if (type === 'error') {
        assert.deepEqual([payload[0].extensions.code, payload[0].extensions.retryable], ['TOO_MANY_REQUESTS', true])
        break
      }
      assert.equal(payload.data.heard.text.split(' ')[0], String(n))
    }
    slow.send({ type: 'ping' })
    assert.equal((await slow.next()).type, 'pong')
  })

  test('of latest values it skips steps, and ends with the last', async () => {
    await using live = await startLive({ caps: { ...caps, waitingBytes: 2_000 } })
    await using slow = await RawClient.connect(live.ws)
    await using quick = await RawClient.connect(live.ws)
    const long = Array.from({ length: 40 }, (_, n) => `a${n}${'a'.repeat(200)}: value`).join(' ')
    for (const client of [slow, quick]) client.subscribe('1', `subscription { counted(id: "1") { value ${long} } }`)
    await eventually(() => live.world.open.size === 1)
    slow.ws.pause()
    const last = 2_000
    for (let n = 1; n <= last; n++) {
      live.world.count('1', n)
      assert.equal((await quick.next()).payload.data.counted.value, n)
    }
    slow.ws.resume()
    let value = 0
    let steps = 0
    while (value < last) {
      const { payload } = await slow.next()
      assert.ok(payload.data.counted.value > value)
      value = payload.data.counted.value
      steps++
    }
    assert.equal(steps + live.live.figures.skipped, last)
  })

  test('of a state it misses nothing that still holds, whatever else has filled its connection', async () => {
    await using live = await startLive({ caps })
    await using slow = await RawClient.connect(live.ws)
    slow.subscribe('state', 'subscription { tallied(of: ["1"]) { value } }')
    slow.subscribe('flood', 'subscription { heard(room: "hall") { text } }')
    assert.equal((await slow.next()).payload.data.tallied.value, 0)
    await eventually(() => live.world.open.size === 2)
    slow.ws.pause()
    say(live)
    await eventually(async () => {
      const { taken } = live.world
      await new Promise((resolve) => setTimeout(resolve, 50))
      return live.world.taken === taken
    })
    const { taken } = live.world
    live.world.count('1', 1)
    await eventually(() => live.world.taken > taken)
    for (let value = 2; value <= 10; value++) live.world.count('1', value)
    slow.ws.resume()
    const values: number[] = []
    for (let texts = 0; texts < flood || values.at(-1) !== 10; ) {
      const { id, type, payload } = await slow.next()
      assert.equal(type, 'next', JSON.stringify(payload))
      if (id === 'flood') texts++
      else values.push(payload.data.tallied.value)
    }
    assert.deepEqual(values, [1, 10])
  })

  test('who asks on and never reads is soon not answered any more, and then cut off', async () => {
    await using live = await startLive({ caps: { pingEvery: 500, messagesAtOnce: 1_000_000 } })
    const chat = live.sources.get('chat')
    let answered = 0
    if (chat)
      live.sources.set('chat', {
        ...chat,
        execute: (...call) => {
          answered++
          return chat.execute(...call)
        },
      })
    await using client = await RawClient.connect(live.ws)
    client.ws.pause()
    let asked = 0
    await eventually(() => {
      for (let n = 0; n < 10; n++) client.subscribe(String(asked++), introspection)
      return live.live.connections.size === 0
    })
    assert.ok(answered > 0 && answered < asked / 2, `${answered} of ${asked} were answered`)
  })

  test('what was asked for at once is not all kept for who does not read it', async () => {
    await using live = await startLive({ caps: { ...caps, messagesAtOnce: 1_000 } })
    await using client = await RawClient.connect(live.ws)
    client.ws.pause()
    live.world.rooms = Array.from({ length: 20 }, () => 'x'.repeat(100_000))
    for (let n = 0; n < 20; n++) client.subscribe(String(n), '{ rooms }')
    await eventually(() => live.live.connections.size === 0)
  })

  test('a peer that takes a long time for a large answer is kept, also with all that follows', async () => {
    await using live = await startLive({ caps: { pingEvery: 1_000 } })
    await using client = await RawClient.connect(live.ws)
    live.world.rooms = ['x'.repeat(huge)]
    client.ws.pause()
    client.subscribe('1', '{ rooms }')
    while (client.frames.length < 3 && client.ws.readyState === client.ws.OPEN) {
      client.ws.resume()
      await turn()
      client.ws.pause()
      await sleep(200)
    }
    client.ws.resume()
    assert.equal((await client.next()).payload.data.rooms[0].length, huge)
    assert.equal((await client.next()).type, 'complete')
    client.send({ type: 'ping' })
    assert.equal((await client.next()).type, 'pong')
  })

  test('a peer that answers no ping is cut off', async () => {
    await using live = await startLive({ caps: { pingEvery: 40 } })
    await using deaf = await RawClient.connect(live.ws, undefined, { autoPong: false })
    await using well = await RawClient.connect(live.ws)
    deaf.subscribe('1', 'subscription { heard(room: "hall") { text } }')
    assert.equal((await deaf.closed).code, 1006)
    await eventually(() => live.world.open.size === 0)
    well.send({ type: 'ping' })
    assert.equal((await well.next()).type, 'pong')
  })
})
