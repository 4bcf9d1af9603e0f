import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { eventually } from '../../test/testkit/eventually.ts'
import { type LiveHarness, startLive } from './testkit.ts'
import { RawClient } from './testkit-client.ts'

const said = 'subscription($room: String!, $after: String) { said(room: $room, after: $after) { text cursor } }'
const counted = 'subscription { counted(id: "1") { value } }'

const dataOf = async (client: RawClient) => {
  const { type, payload } = await client.next()
  assert.equal(type, 'next', JSON.stringify(payload))
  assert.equal(payload.errors, undefined)
  return payload.data
}

const opened = (live: LiveHarness, count = 1) => eventually(() => live.world.open.size === count)

suite('events', () => {
  test('fields of other subgraphs come with an event: aliases, fragments, variables, directives', async () => {
    await using live = await startLive()
    await using client = await RawClient.connect(live.ws)
    client.subscribe(
      '1',
      `subscription News($room: String!, $style: String! = "bad", $more: Boolean!) { ...Root }
       fragment Root on Subscription { news: heard(room: $room) { __typename what: text author { ...Person by: id } } }
       fragment Person on User { name m1: mood m2: mood(style: $style) ... @include(if: $more) { posts } n: name @skip(if: $more) }`,
      { room: 'hall', more: true },
    )
    await opened(live)
    live.world.say('hello', '7')
    const author = { name: 'user 7', m1: 'plain mood of 7', m2: 'bad mood of 7', posts: 1, by: '7' }
    assert.deepEqual(await dataOf(client), { news: { __typename: 'Said', what: 'hello', author } })
  })

  test('each event has loaders of its own', async () => {
    await using live = await startLive()
    await using client = await RawClient.connect(live.ws)
    client.subscribe('1', 'subscription { heard(room: "hall") { author { posts } } }')
    await opened(live)
    for (const posts of [1, 2, 3]) {
      live.world.say('again', '5')
      assert.deepEqual(await dataOf(client), { heard: { author: { posts } } })
    }
  })

  test('a subgraph that fails makes its fields null and leaves the stream alone', async () => {
    await using live = await startLive()
    await using client = await RawClient.connect(live.ws)
    client.subscribe('1', 'subscription { heard(room: "hall") { text author { name } } }')
    await opened(live)
    live.world.peopleDown = true
    live.world.say('one')
    const { payload } = await client.next()
    assert.deepEqual(payload.data, { heard: { text: 'one', author: { name: null } } })
    assert.deepEqual(payload.errors[0].path, ['heard', 'author', 'name'])
    assert.equal(payload.errors[0].extensions.code, 'UNAVAILABLE')
    live.world.peopleDown = false
    live.world.say('two')
    assert.deepEqual(await dataOf(client), { heard: { text: 'two', author: { name: 'user 1' } } })
  })

  test('what went wrong inside is not told, on any kind of operation', async () => {
    await using live = await startLive()
    await using client = await RawClient.connect(live.ws)
    for (const query of ['subscription { broken }', '{ secret }']) {
      client.subscribe('1', query)
      const frame = await client.next()
      const [fault] = frame.type === 'error' ? frame.payload : frame.payload.errors
      assert.equal(fault.extensions.code, 'INTERNAL_SERVER_ERROR')
      assert.ok(fault.extensions.requestId)
      assert.doesNotMatch(JSON.stringify(frame), /password/)
      if (frame.type === 'next') assert.equal((await client.next()).type, 'complete')
    }
  })

  test('events come in order, each once, however fast they are made', async () => {
    await using live = await startLive()
    await using client = await RawClient.connect(live.ws)
    client.subscribe('1', 'subscription { heard(room: "hall") { text author { name } } }')
    await opened(live)
    for (let n = 0; n < 500; n++) live.world.say(String(n))
    for (let n = 0; n < 500; n++) assert.equal((await dataOf(client)).heard.text, String(n))
  })
})

suite('sharing', () => {
  test('a hundred equal subscriptions share one upstream and one completion of each event', async () => {
    await using live = await startLive()
    const token = await live.token(3)
    const clients = await Promise.all(Array.from({ length: 10 }, () => RawClient.connect(live.ws, token)))
    const layouts = [
      'subscription { heard(room: "hall") { text author { posts } } }',
      'subscription{heard(room:"hall"){text,author{posts}}}',
    ]
    for (const layout of layouts) {
      await using first = await RawClient.connect(live.ws) // has it planned, so that all of the others begin at once
      first.subscribe('1', layout)
      await opened(live)
    }
    await opened(live, 0)
    for (const client of clients) for (let n = 0; n < 10; n++) client.subscribe(`op ${n}`, layouts[n % 2] ?? '')
    await opened(live)
    await eventually(() => live.live.relay.size === 1)
    live.world.say('hello')
    for (const client of clients)
      for (let n = 0; n < 10; n++)
        assert.deepEqual(await dataOf(client), { heard: { text: 'hello', author: { posts: 1 } } })
    assert.equal(live.world.opened.length, layouts.length + 1)
    assert.equal(live.world.calls['stats'], 1)
    assert.equal(live.live.relay.counts.deliveries, 100)
    for (const client of clients) client.ws.terminate()
    await opened(live, 0)
  })

  test('other variables, another viewer and another operation do not share', async () => {
    await using live = await startLive()
    await using one = await RawClient.connect(live.ws, await live.token(1))
    await using other = await RawClient.connect(live.ws, await live.token(2))
    one.subscribe('1', 'subscription($room: String!) { heard(room: $room) { text } }', { room: 'a' })
    one.subscribe('2', 'subscription($room: String!) { heard(room: $room) { text } }', { room: 'b' })
    one.subscribe('3', 'subscription($room: String!) { heard(room: $room) { cursor } }', { room: 'a' })
    other.subscribe('1', 'subscription($room: String!) { heard(room: $room) { text } }', { room: 'a', ignored: 1 })
    await opened(live, 4)
    assert.equal(live.live.relay.size, 4)
  })

  test('a viewer sees what is for that viewer only', async () => {
    await using live = await startLive()
    await using one = await RawClient.connect(live.ws, await live.token(1))
    await using two = await RawClient.connect(live.ws, await live.token(2))
    await using nobody = await RawClient.connect(live.ws)
    for (const client of [one, two, nobody]) client.subscribe('1', 'subscription { private }')
    assert.deepEqual(await dataOf(one), { private: 'for 1' })
    assert.deepEqual(await dataOf(two), { private: 'for 2' })
    const refused = await nobody.next()
    assert.deepEqual([refused.type, refused.payload[0].extensions.code], ['error', 'UNAUTHENTICATED'])
  })

  test('the first to come may leave first, and the last to leave ends a silent upstream at once', async () => {
    await using live = await startLive()
    await using first = await RawClient.connect(live.ws)
    await using last = await RawClient.connect(live.ws)
    first.subscribe('1', 'subscription { heard(room: "hall") { text } }')
    await opened(live)
    last.subscribe('1', 'subscription { heard(room: "hall") { text } }')
    last.send({ type: 'ping' })
    await last.next()
    first.send({ id: '1', type: 'complete' })
    first.send({ type: 'ping' })
    await first.next()
    live.world.say('still here')
    assert.deepEqual(await dataOf(last), { heard: { text: 'still here' } })
    last.send({ id: '1', type: 'complete' })
    await opened(live, 0)
    assert.deepEqual(live.world.opened, ['heard hall'])
  })

  test('who joins a stream of latest values gets the newest at once', async () => {
    await using live = await startLive()
    await using one = await RawClient.connect(live.ws)
    await using two = await RawClient.connect(live.ws)
    live.world.count('1', 10)
    one.subscribe('1', counted)
    assert.deepEqual(await dataOf(one), { counted: { value: 10 } })
    two.subscribe('1', counted)
    assert.deepEqual(await dataOf(two), { counted: { value: 10 } })
    live.world.count('1', 11)
    assert.deepEqual(await dataOf(one), { counted: { value: 11 } })
    assert.deepEqual(await dataOf(two), { counted: { value: 11 } })
    assert.equal(live.world.opened.length, 1)
  })
})

suite('states', () => {
  test('everyone is told it from the start, also who asks for what somebody else has long had', async () => {
    await using live = await startLive()
    const token = await live.token(1)
    await using one = await RawClient.connect(live.ws, token)
    await using two = await RawClient.connect(live.ws, token)
    const tallied = 'subscription { tallied(of: ["1", "2"]) { id value } }'
    const state = (value: number) => [{ tallied: { id: '1', value } }, { tallied: { id: '2', value: 0 } }]
    one.subscribe('1', tallied)
    assert.deepEqual([await dataOf(one), await dataOf(one)], state(0))
    live.world.count('1', 3)
    assert.deepEqual(await dataOf(one), state(3)[0])
    two.subscribe('1', tallied)
    assert.deepEqual([await dataOf(two), await dataOf(two)], state(3))
    live.world.count('2', 1)
    for (const client of [one, two]) assert.deepEqual(await dataOf(client), { tallied: { id: '2', value: 1 } })
  })
})

suite('cursors', () => {
  test('what was missed comes first, and who has caught up shares the upstream of the others', async () => {
    await using live = await startLive()
    for (const text of ['a', 'b', 'c']) live.world.say(text)
    const token = await live.token(1)
    await using one = await RawClient.connect(live.ws, token)
    await using two = await RawClient.connect(live.ws, token)
    one.subscribe('1', said, { room: 'hall', after: '1' })
    for (const text of ['b', 'c']) assert.equal((await dataOf(one)).said.text, text)
    two.subscribe('1', said, { room: 'hall', after: '0' })
    for (const text of ['a', 'b', 'c']) assert.equal((await dataOf(two)).said.text, text)
    live.world.say('d')
    assert.equal((await dataOf(one)).said.text, 'd')
    assert.equal((await dataOf(two)).said.text, 'd')
  })

  test('the same subscription from the same cursor shares, from another it does not', async () => {
    await using live = await startLive()
    for (const text of ['a', 'b', 'c']) live.world.say(text)
    await using client = await RawClient.connect(live.ws)
    client.subscribe('1', said, { room: 'hall', after: '3' })
    client.subscribe('2', said, { room: 'hall', after: '3' })
    await opened(live)
    assert.equal(live.live.relay.size, 1)
    live.world.say('d')
    for (const _ of ['1', '2']) assert.equal((await dataOf(client)).said.text, 'd')
    client.subscribe('3', said, { room: 'hall', after: '3' })
    assert.equal((await dataOf(client)).said.text, 'd')
    assert.equal(live.world.opened.length, 2)
  })

  test('a client may use whatever names it likes', async () => {
    await using live = await startLive()
    for (const text of ['a', 'b']) live.world.say(text)
    await using client = await RawClient.connect(live.ws)
    const query = `subscription($_resume_after: String) { said(room: "hall", after: $_resume_after) {
      _resume_cursor: text _resume_cursor_: author { id } } }`
    client.subscribe('1', query, { _resume_after: '1' })
    const first = { _resume_cursor: 'b', _resume_cursor_: { id: '1' } }
    assert.deepEqual(await dataOf(client), { said: first })
    live.world.say('c')
    assert.deepEqual(await dataOf(client), { said: { ...first, _resume_cursor: 'c' } })
  })

  test('the answer shows nothing of the cursor that was not asked for, also by literal and through fragments', async () => {
    await using live = await startLive()
    for (const text of ['a', 'b']) live.world.say(text)
    await using client = await RawClient.connect(live.ws)
    client.subscribe(
      '1',
      'subscription { ...R } fragment R on Subscription { ... { x: said(room: "hall", after: "1") { text } } }',
    )
    assert.deepEqual(await dataOf(client), { x: { text: 'b' } })
  })
})
