import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedGraph } from '../test/testkit/scripted-graph.ts'
import { serveAdapter } from '../test/testkit/serve-adapter.ts'

const start = Date.UTC(2026, 0, 31)

interface Sent {
  readonly id: number
  readonly content: string
  readonly sentAt: string
  readonly sender: { readonly id: number }
  readonly recipient: { readonly id: number }
}

/** Every third message is our own (user 1), the others come from user 2; one a millisecond. */
const history = (length: number): Sent[] =>
  Array.from({ length }, (_, index) => {
    const own = index % 3 === 0
    return {
      id: index + 1,
      content: `message ${index}`,
      sentAt: new Date(start + index).toISOString(),
      sender: { id: own ? 1 : 2 },
      recipient: { id: own ? 2 : 1 },
    }
  })

/** Pages backwards like the real graph. */
const conversation = (all: readonly Sent[]) => () => ({
  messages({ last, before, sentAfter }: { last: number; before: string | null; sentAfter: string | null }) {
    const newer = all.filter((sent) => sentAfter === null || sent.sentAt > sentAfter)
    const end = before === null ? newer.length : newer.findIndex(({ id }) => String(id) === before)
    const nodes = newer.slice(Math.max(0, end - last), end)
    const pageInfo = {
      hasNextPage: end < newer.length,
      hasPreviousPage: end > last,
      startCursor: null,
      endCursor: null,
    }
    return { edges: [], nodes, pageInfo: { ...pageInfo, startCursor: nodes.length > 0 ? String(nodes[0]?.id) : null } }
  },
})

interface Message {
  readonly id: number
  readonly from_user_id: number
  readonly create_time: string
}

async function chat(url: string, after = ''): Promise<Message[]> {
  const response = await fetch(`${url}/douyin/message/chat/?token=t&to_user_id=2${after}`)
  const body = (await response.json()) as { message_list: Message[]; status_code: number }
  assert.equal(body.status_code, 0)
  return body.message_list
}

test('the whole history comes in both directions, oldest first, each message once', async () => {
  const graph = new ScriptedGraph({ conversation: conversation(history(250)) })
  await using served = await serveAdapter(graph)
  for (const after of ['', '&pre_msg_time=', '&pre_msg_time=0', '&pre_msg_time=-1', '&pre_msg_time=x'])
    assert.deepEqual(
      (await chat(served.url, after)).map(({ id }) => id),
      history(250).map(({ id }) => id),
    )
  assert.equal(graph.calls.length, 15)
})

test('with a time only what the other side wrote later comes, at full precision', async () => {
  const graph = new ScriptedGraph({ conversation: conversation(history(10)) })
  await using served = await serveAdapter(graph)
  const messages = await chat(served.url, `&pre_msg_time=${start + 4}`)
  assert.deepEqual(
    messages.map(({ id, from_user_id }) => [id, from_user_id]),
    [
      [6, 2],
      [8, 2],
      [9, 2],
    ],
  )
  assert.equal(messages.at(-1)?.create_time, String(start + 8))
})

test('a poll without news costs one operation', async () => {
  const graph = new ScriptedGraph({ conversation: conversation(history(10)) })
  await using served = await serveAdapter(graph)
  assert.deepEqual(await chat(served.url, `&pre_msg_time=${start + 9}`), [])
  assert.equal(graph.calls.length, 1)
})

test('of a very long history the newest 5,000 come', async () => {
  await using served = await serveAdapter(new ScriptedGraph({ conversation: conversation(history(5_500)) }))
  const messages = await chat(served.url)
  assert.equal(messages.length, 5_000)
  assert.deepEqual([messages.at(0)?.id, messages.at(-1)?.id], [501, 5_500])
})
