import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../test/testkit/databases.ts'
import { type HarnessOptions, startSubgraph } from '../../test/testkit/subgraph.ts'
import { type MessageServices, message } from './index.ts'

const owners = { user: (_: string, id: number) => (id < 1_000 ? { id: String(id) } : null) }
const send = `mutation ($to: ID!, $content: String!, $clientId: String) {
  sendMessage(input: { to: $to, content: $content, clientId: $clientId }) {
    message { id content sentAt sender { id } recipient { id } }
    conversation { with { id } latestMessage { id } } } }`
const talk = `query ($with: ID!, $first: Int, $after: String, $last: Int, $before: String, $sentAfter: DateTime) {
  conversation(with: $with) { messages(first: $first, after: $after, last: $last, before: $before, sentAfter: $sentAfter) {
    nodes { id content sentAt sender { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`
const latest = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { latestMessage { content sentAt } } } }`
const byId = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Message { content } } }`
const users = (...ids: number[]) => ({ of: ids.map((id) => ({ __typename: 'User', id: String(id) })) })
const content = 'hi'
const codeOf = (answer: { errors?: readonly { extensions: Record<string, unknown> }[] }) =>
  answer.errors?.[0]?.extensions['code']

for (const database of databases)
  describe(`message on ${database.name}`, { skip: database.skip }, () => {
    const start = (options: Partial<HarnessOptions<MessageServices>> = {}) =>
      startSubgraph<MessageServices>(message, { database, owners, ...options })

    test('a message is kept as it was written, for both and in both directions', async () => {
      await using graph = await start()
      const written = ' 你好👍🏽 e\u0301\n"\\%_\' '
      const { sendMessage } = await graph.run(send, { to: '2', content: written }, 1)
      assert.equal(sendMessage.message.content, written)
      assert.deepEqual(sendMessage.message.sender, { id: '1' })
      assert.deepEqual(sendMessage.message.recipient, { id: '2' })
      assert.deepEqual(sendMessage.conversation, { with: { id: '2' }, latestMessage: { id: sendMessage.message.id } })
      await graph.run(send, { to: '1', content: 'back' }, 2)
      for (const [viewer, peer] of [
        [1, 2],
        [2, 1],
      ] as const) {
        const { nodes } = (await graph.run(talk, { with: String(peer) }, viewer))['conversation'].messages
        assert.deepEqual(
          nodes.map((node: { content: string; sender: object }) => [node.content, node.sender]),
          [
            [written, { id: '1' }],
            ['back', { id: '2' }],
          ],
        )
        assert.equal(nodes[0].sentAt, sendMessage.message.sentAt)
        assert.ok(nodes[0].sentAt < nodes[1].sentAt)
      }
      assert.deepEqual((await graph.run(talk, { with: '1' }, 3))['conversation'].messages.nodes, [])
    })

    test('what cannot be sent is refused', async () => {
      await using graph = await start()
      const refusal = async (variables: object, viewer: number | null = 1) =>
        codeOf(await graph.try(send, { to: '2', content, ...variables }, viewer))
      assert.equal(await refusal({}, null), 'UNAUTHENTICATED')
      assert.equal(await refusal({ to: '1' }), 'BAD_USER_INPUT')
      assert.equal(await refusal({ to: 'x' }), 'BAD_USER_INPUT')
      assert.equal(await refusal({ to: '1000' }), 'NOT_FOUND')
      for (const bad of ['', ' \n', 'a\0', '字'.repeat(1001)])
        assert.equal(await refusal({ content: bad }), 'BAD_USER_INPUT')
      for (const clientId of ['', 'x'.repeat(65)]) assert.equal(await refusal({ clientId }), 'BAD_USER_INPUT')
      assert.equal(codeOf(await graph.try(talk, { with: '2' })), 'UNAUTHENTICATED')
      assert.deepEqual(await graph.services.db.selectFrom('mailbox').selectAll().execute(), [])
    })

    test('a repeat by client id returns the first message, also when copies race', async () => {
      await using graph = await start()
      const ids = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const answer = await graph.run(send, { to: '2', content, clientId: 'a' }, 1)
          return answer['sendMessage'].message.id
        }),
      )
      const late = await graph.run(send, { to: '2', content, clientId: 'a' }, 1)
      assert.deepEqual([...new Set([...ids, late['sendMessage'].message.id])], ids.slice(0, 1))
      assert.equal(codeOf(await graph.try(send, { to: '3', content, clientId: 'a' }, 1)), 'BAD_USER_INPUT')
      await graph.run(send, { to: '1', content, clientId: 'a' }, 2)
      assert.equal((await graph.run(talk, { with: '2' }, 1))['conversation'].messages.nodes.length, 2)
    })

    test('messages sent in one millisecond, or while the clock steps back, each get a later time', async () => {
      let now = Date.UTC(2026, 0, 1)
      await using graph = await start({ clock: () => now })
      for (let round = 0; round < 5; round++) {
        await Promise.all([1, 2, 1].map((from) => graph.run(send, { to: String(3 - from), content: `${round}` }, from)))
        now -= 10
      }
      const { nodes } = (await graph.run(talk, { with: '2' }, 1))['conversation'].messages
      const times = nodes.map((node: { sentAt: string }) => Date.parse(node.sentAt))
      assert.deepEqual(
        times,
        Array.from({ length: 15 }, (_, n) => Date.UTC(2026, 0, 1) + n),
      )
      assert.deepEqual(nodes.map((node: { content: string }) => node.content).join(''), '000111222333444')
    })

    test('the latest messages with a page of users are one statement, and none without a viewer', async () => {
      await using graph = await start()
      for (let peer = 2; peer <= 31; peer++) {
        await graph.run(send, { to: String(peer), content: 'first' }, 1)
        if (peer % 2) await graph.run(send, { to: '1', content: `answer of ${peer}` }, peer)
      }
      const ids = Array.from({ length: 40 }, (_, n) => n + 1)
      const expected = (id: number) => (id > 31 || id === 1 ? undefined : id % 2 ? `answer of ${id}` : 'first')
      assert.equal(
        await graph.countStatements(async () => {
          const found: { latestMessage: { content: string } | null }[] = (await graph.run(latest, users(...ids), 1))[
            '_entities'
          ]
          assert.deepEqual(
            found.map((user) => user.latestMessage?.content),
            ids.map(expected),
          )
        }),
        1,
      )
      assert.equal(
        await graph.countStatements(async () => {
          const found = (await graph.run(latest, users(2)))['_entities']
          assert.deepEqual(found, [{ latestMessage: null }])
        }),
        0,
      )
    })

    test('a message can be looked up by its two users alone', async () => {
      await using graph = await start()
      const { id } = (await graph.run(send, { to: '2', content }, 1))['sendMessage'].message
      const of = [{ __typename: 'Message', id }]
      for (const viewer of [1, 2]) assert.deepEqual((await graph.run(byId, { of }, viewer))['_entities'], [{ content }])
      for (const viewer of [3, null]) assert.deepEqual((await graph.run(byId, { of }, viewer))['_entities'], [null])
    })

    test('several messages of one request are sent in their order, and each sees itself as the latest', async () => {
      await using graph = await start()
      const one = (text: string) =>
        `sendMessage(input: { to: "2", content: "${text}" }) { conversation { latestMessage { content } } }`
      const { a, b } = await graph.run(`mutation { a: ${one('1')} b: ${one('2')} }`, {}, 1)
      assert.deepEqual(
        [a, b].map((answer) => answer.conversation.latestMessage.content),
        ['1', '2'],
      )
    })

    test('each received message is hinted at after its commit, and a bus that fails fails nothing', async () => {
      const heard: unknown[] = []
      const bus = {
        async publish(channel: string, payload: unknown) {
          heard.push([channel, payload])
          throw new Error('the bus is down')
        },
        on: () => () => {},
      }
      await using graph = await start({ more: { bus } })
      await graph.run(send, { to: '2', content, clientId: 'a' }, 1)
      await graph.run(send, { to: '2', content, clientId: 'a' }, 1)
      await graph.run(send, { to: '2', content }, 3)
      await graph.run(send, { to: '3', content }, 2)
      assert.deepEqual(heard, [
        ['inbox:2', { seq: 1 }],
        ['inbox:2', { seq: 2 }],
        ['inbox:3', { seq: 1 }],
      ])
    })
  })
