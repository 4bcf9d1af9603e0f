import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../test/testkit/databases.ts'
import { type HarnessOptions, startSubgraph } from '../../test/testkit/subgraph.ts'
import { type MessageServices, message } from './index.ts'

const owners = { user: (_: string, id: number) => (id < 1_000 ? { id: String(id) } : null) }
const send = `mutation ($to: ID!, $content: String!) { sendMessage(input: { to: $to, content: $content }) { message { id } } }`
const talk = `query ($with: ID!, $first: Int, $after: String, $last: Int, $before: String, $sentAfter: DateTime) {
  conversation(with: $with) { messages(first: $first, after: $after, last: $last, before: $before, sentAfter: $sentAfter) {
    nodes { id content sentAt sender { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`
const codeOf = (answer: { errors?: readonly { extensions: Record<string, unknown> }[] }) =>
  answer.errors?.[0]?.extensions['code']

for (const database of databases)
  describe(`conversations on ${database.name}`, { skip: database.skip }, () => {
    const start = (options: Partial<HarnessOptions<MessageServices>> = {}) =>
      startSubgraph<MessageServices>(message, { database, owners, ...options })

    test('a poll by the time of the last message gets each once, and costs one statement when there is none', async () => {
      await using graph = await start({ clock: () => Date.UTC(2026, 0, 1) })
      const seen: string[] = []
      let sentAfter = '1970-01-01T00:00:00.000Z'
      const poll = async () => {
        const { nodes } = (await graph.run(talk, { with: '1', sentAfter }, 2))['conversation'].messages
        seen.push(...nodes.map((node: { content: string }) => node.content))
        sentAfter = nodes.at(-1)?.sentAt ?? sentAfter
      }
      const expected = Array.from({ length: 50 }, (_, n) => String(n))
      for (const text of expected) {
        await graph.run(send, { to: '2', content: text }, 1)
        if (Number(text) % 23 === 0) await poll()
      }
      for (let n = 0; n < 3; n++) await poll()
      assert.deepEqual(seen, expected)
      assert.equal(await graph.countStatements(poll), 1)
    })

    test('a conversation is walked in both directions by pages of any size', async () => {
      await using graph = await start()
      const expected = Array.from({ length: 25 }, (_, n) => String(n))
      for (const text of expected) await graph.run(send, { to: '2', content: text }, 1)
      const page = async (variables: object) =>
        (await graph.run(talk, { with: '2', ...variables }, 1))['conversation'].messages
      const contents = ({ nodes }: { nodes: { content: string }[] }) => nodes.map((node) => node.content)
      for (const size of [1, 7, 24, 25, 26]) {
        const forward: string[] = []
        for (let at = await page({ first: size }); ; at = await page({ first: size, after: at.pageInfo.endCursor })) {
          assert.equal(at.pageInfo.hasPreviousPage, forward.length > 0)
          forward.push(...contents(at))
          if (!at.pageInfo.hasNextPage) break
        }
        assert.deepEqual(forward, expected)
        const back: string[] = []
        for (let at = await page({ last: size }); ; at = await page({ last: size, before: at.pageInfo.startCursor })) {
          assert.equal(at.pageInfo.hasNextPage, back.length > 0)
          back.unshift(...contents(at))
          if (!at.pageInfo.hasPreviousPage) break
        }
        assert.deepEqual(back, expected)
      }
      const all = await page({ first: 100 })
      assert.deepEqual(contents(await page({})), expected.slice(5))
      assert.deepEqual(contents(await page({ sentAfter: all.nodes[20].sentAt })), expected.slice(21))
      assert.deepEqual(contents(await page({ sentAfter: all.nodes[20].sentAt, last: 2 })), expected.slice(23))
      const middle = await page({ first: 3, after: (await page({ first: 3 })).pageInfo.endCursor })
      const { startCursor, endCursor } = middle.pageInfo
      assert.deepEqual(contents(await page({ after: startCursor, before: endCursor })), ['4'])
      for (const bad of [
        { first: 0 },
        { first: 101 },
        { last: 101 },
        { first: 1, last: 1 },
        { after: 'x' },
        { before: 'x' },
      ])
        assert.equal(codeOf(await graph.try(talk, { with: '2', ...bad }, 1)), 'BAD_USER_INPUT')
    })

    test('conversations come most recently active first, all of them, also when active in one millisecond', async () => {
      let now = Date.UTC(2026, 0, 1)
      await using graph = await start({ clock: () => now })
      const list = `query ($first: Int!, $after: String) { conversations(first: $first, after: $after) {
        nodes { with { id } latestMessage { content } } pageInfo { hasNextPage endCursor } } }`
      await graph.run(send, { to: '5', content: 'old' }, 1)
      for (const peer of [2, 3, 4]) await graph.run(send, { to: '1', content: `from ${peer}` }, peer)
      now += 1
      await graph.run(send, { to: '5', content: 'new' }, 1)
      const found: string[] = []
      let after: string | null = null
      for (let more = true; more; ) {
        const {
          nodes,
          pageInfo,
        }: { nodes: { latestMessage: { content: string } }[]; pageInfo: Record<string, never> } = (
          await graph.run(list, { first: 2, after }, 1)
        )['conversations']
        found.push(...nodes.map((node) => node.latestMessage.content))
        more = pageInfo['hasNextPage'] ?? false
        after = pageInfo['endCursor'] ?? null
      }
      assert.deepEqual(found, ['new', 'from 4', 'from 3', 'from 2'])
      assert.equal(await graph.countStatements(() => graph.run(list, { first: 100 }, 1)), 2)
      assert.equal(codeOf(await graph.try(list, { first: 2, after: 'k.k' }, 1)), 'BAD_USER_INPUT')
      assert.equal(codeOf(await graph.try(list, { first: 2 })), 'UNAUTHENTICATED')
    })
  })
