import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Client, createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { type Account, LegacyClient } from './contract/legacy-client.ts'
import { eventually } from './testkit/eventually.ts'
import { graphql } from './testkit/graphql.ts'
import { testStack } from './testkit/required.ts'
import { type Stack, startStack } from './testkit/stack.ts'
import type { Answer } from './testkit/subgraph.ts'

let stack: Stack
let anna: Account
let ben: Account
let video: number

before(async () => {
  stack = await startStack()
  const client = new LegacyClient(stack.url)
  anna = await client.register('anna')
  ben = await client.register('ben')
  video = await client.video(anna, 'live')
})
after(() => stack[Symbol.asyncDispose]())

const socket = (token: string): Client =>
  createClient({
    url: `${stack.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${token}` },
    shouldRetry: () => true,
    retryAttempts: 100,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
  })

const run = async (query: string, variables: Record<string, unknown>, { token }: Account): Promise<Answer> => {
  const { data, errors } = await graphql(stack.url, query, { token, variables })
  assert.equal(errors, undefined)
  return data
}
const send = (content: string) =>
  run(
    `mutation ($to: ID!, $content: String!) { sendMessage(input: { to: $to, content: $content }) { message { id } } }`,
    { to: String(anna.id), content },
    ben,
  )

async function nextOf(events: AsyncIterator<unknown>): Promise<Answer> {
  const { value } = await events.next()
  const { data, errors } = value as { data?: Record<string, Answer>; errors?: unknown } // what every result has
  assert.equal(errors, undefined)
  return Object.values(data ?? {})[0] as Answer // a subscription has one root field
}

const received = `subscription ($after: String) { messageReceived(after: $after) {
  __typename cursor ... on MessageReceived { message { content sender { name followerCount } } } } }`

test('a message comes live with what other services know of its sender, and what was missed comes first', async () => {
  const client = socket(anna.token)
  const events = client.iterate({ query: received })
  const opened = await nextOf(events)
  assert.equal(opened['__typename'], 'StreamOpened')
  await send('one')
  const { message } = await nextOf(events)
  assert.deepEqual(message, { content: 'one', sender: { name: 'ben', followerCount: 0 } })
  await client.dispose()
  await send('two')
  const again = socket(anna.token)
  const missed = again.iterate({ query: received, variables: { after: opened['cursor'] } })
  for (const content of ['one', 'two']) assert.equal((await nextOf(missed))['message'].content, content)
  await again.dispose()
})

test('whoever follows, likes or comments is told of live', async () => {
  const client = socket(anna.token)
  const events = client.iterate({
    query: `subscription { notificationReceived { __typename ... on NotificationReceived {
      notification { kind actor { name } video { title favoriteCount } comment { text } } } } }`,
  })
  assert.equal((await nextOf(events))['__typename'], 'StreamOpened')
  const steps = [
    ['mutation ($id: ID!) { favoriteVideo(input: { videoId: $id }) { video { id } } }', video],
    ['mutation ($id: ID!) { postComment(input: { videoId: $id, text: "nice" }) { comment { id } } }', video],
    ['mutation ($id: ID!) { followUser(input: { userId: $id }) { user { id } } }', anna.id],
  ] as const
  const told = []
  for (const [mutation, id] of steps) {
    await run(mutation, { id: String(id) }, ben)
    told.push((await nextOf(events))['notification'])
  }
  const actor = { name: 'ben' }
  const liked = { title: 'live', favoriteCount: 1 }
  assert.deepEqual(told, [
    { kind: 'LIKED', actor, video: liked, comment: null },
    { kind: 'COMMENTED', actor, video: liked, comment: { text: 'nice' } },
    { kind: 'FOLLOWED', actor, video: null, comment: null },
  ])
  await client.dispose()
})

test('each device of a user is told what a friend is doing at once, however long another has watched', async () => {
  const follow = 'mutation ($id: ID!) { followUser(input: { userId: $id }) { user { isFollow } } }'
  await run(follow, { id: String(ben.id) }, anna)
  await run(follow, { id: String(anna.id) }, ben)
  const query = 'subscription ($of: [ID!]!) { friendActivity(of: $of) { friend { id name } isOnline } }'
  const devices = [socket(anna.token), socket(anna.token)]
  for (const device of devices) {
    const events = device.iterate({ query, variables: { of: [String(ben.id)] } })
    assert.deepEqual(await nextOf(events), { friend: { id: String(ben.id), name: 'ben' }, isOnline: false })
  }
  for (const device of devices) await device.dispose()
})

test('a video that is watched has its counts live, from whichever service they are', async () => {
  const client = socket(anna.token)
  const events = client.iterate({
    query: 'subscription ($id: ID!) { videoChanged(id: $id) { title favoriteCount commentCount } }',
    variables: { id: String(video) },
  })
  const first = await nextOf(events)
  assert.equal(first['title'], 'live')
  await run(
    'mutation ($id: ID!) { favoriteVideo(input: { videoId: $id }) { video { id } } }',
    { id: String(video) },
    anna,
  )
  let last = first
  while (last['favoriteCount'] !== first['favoriteCount'] + 1) last = await nextOf(events)
  const post = 'mutation ($id: ID!) { postComment(input: { videoId: $id, text: "a" }) { comment { id } } }'
  await run(post, { id: String(video) }, ben)
  while (last['commentCount'] !== first['commentCount'] + 1) last = await nextOf(events)
  await client.dispose()
})

test('all who watch a video share one stream of it, unless it tells how they themselves stand to it', {
  skip: testStack === 'cluster' && 'each of two gateways has a stream of its own',
}, async () => {
  await run(
    'mutation ($id: ID!) { unfavoriteVideo(input: { videoId: $id }) { video { id } } }',
    { id: String(video) },
    ben,
  )
  const upstreams = async () => {
    const text = await (await fetch(`${stack.url}/metrics`)).text()
    return Number(/^live_upstreams (\d+)$/m.exec(text)?.[1])
  }
  await eventually(async () => assert.equal(await upstreams(), 0))
  const clients = [anna, ben].map(({ token }) => socket(token))
  const watch = (fields: string) =>
    Promise.all(
      clients.map((client) => {
        const query = `subscription ($id: ID!) { videoChanged(id: $id) { ${fields} } }`
        return nextOf(client.iterate({ query, variables: { id: String(video) } }))
      }),
    )
  const [first, second] = await watch('title favoriteCount author { name }')
  assert.deepEqual(first, second)
  assert.equal(await upstreams(), 1)
  const [ofAnna, ofBen] = await watch('isFavorite')
  assert.deepEqual([ofAnna?.['isFavorite'], ofBen?.['isFavorite']], [true, false])
  assert.equal(await upstreams(), 3)
  for (const client of clients) await client.dispose()
})
