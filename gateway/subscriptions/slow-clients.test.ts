import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { eventually } from '../../test/testkit/eventually.ts'
import { type LiveHarness, startLive } from './testkit.ts'
import { RawClient } from './testkit-client.ts'

const caps = { waitingBytes: 20_000, pingEvery: 60_000 }
const long = 'x'.repeat(50_000)
/** More than the kernel and the process will hold for one client. */
const flood = 400

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
