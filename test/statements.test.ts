import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import { openDatabase } from '../kit/database/database.ts'
import { IdSource } from '../kit/ids.ts'
import { DiskStorage } from '../kit/storage/disk.ts'
import { databases } from './testkit/databases.ts'
import { graphql } from './testkit/graphql.ts'
import { type Stack, startStack } from './testkit/stack.ts'

const author = `author { id name avatar signature followCount followerCount isFollow totalFavorited workCount favoriteCount }`
const operations = {
  'a feed page': `query ($n: Int!) { feed(first: $n) { nodes { id title playUrl favoriteCount commentCount isFavorite ${author} } } }`,
  'a comment page': `query ($n: Int!, $video: ID!) { video(id: $video) { comments(first: $n) { nodes { text ${author} } } } }`,
  'a friend list': `query ($n: Int!) { viewer { friends(first: $n) { nodes { id name isFollow followerCount latestMessage { content } } } } }`,
}
const length = 30
/** A process that is alone with its database caches what it reads; here on MariaDB there is no Redis to cache in. */
const most = { cached: 2, uncached: 14 }

for (const kind of databases)
  describe(`SQL statements on ${kind.name}`, { skip: kind.skip }, () => {
    test('the cost of a page does not depend on its length', async () => {
      await using database = await kind.open()
      await using stack = await startStack({ database: database.url })
      const world = await populate(stack, database.url)
      for (const [name, query] of Object.entries(operations)) {
        const ask = (n: number) =>
          graphql(stack.url, query, { token: world.token, variables: { n, video: world.video } })
        const full = await ask(length)
        assert.ok((JSON.stringify(full).match(/"name"/g) ?? []).length >= length, name)
        assert.equal(full.errors, undefined, name)
        const [one, many] = [await cheapest(stack, () => ask(1)), await cheapest(stack, () => ask(length))]
        assert.ok(one > 0 && one <= most[kind.name === 'sqlite' ? 'cached' : 'uncached'], `${name}: ${one} statements`)
        assert.equal(many, one, name)
      }
    })
  })

/** The least of several counts, because the app works in the background too. */
async function cheapest(stack: Stack, work: () => Promise<unknown>): Promise<number> {
  const counts: number[] = []
  for (let n = 0; n < 4; n++) {
    const before = await statements(stack)
    await work()
    counts.push((await statements(stack)) - before)
  }
  return Math.min(...counts)
}

async function statements(stack: Stack): Promise<number> {
  const text = await (await fetch(`${stack.url}/metrics`)).text()
  const counts = [
    ...text.matchAll(/^sql_statement_duration_seconds_count\{kind="(select|insert|update|delete)"\} (\d+)/gm),
  ]
  return counts.reduce((sum, [, , count]) => sum + Number(count), 0)
}

/** A viewer with 30 friends, each with a video and a comment. */
async function populate(stack: Stack, url: string): Promise<{ token: string; video: string }> {
  const register = (n: number) =>
    graphql(stack.url, `mutation { register(input: { name: "u${n}", password: "p" }) { token user { id } } }`)
  const users = []
  for (let n = 0; n <= length; n++) users.push((await register(n)).data['register'])
  const [viewer, ...friends] = users
  // Videos are put into the table, since only their number matters here and uploading them takes long.
  const db = await openDatabase({ url })
  let now = Date.now() - 60_000
  const ids = new IdSource({ worker: 127, from: 0, until: () => Number.MAX_SAFE_INTEGER }, () => now++)
  const videos = friends.map((friend) => ({
    id: ids.next(),
    author_id: Number(friend.user.id),
    title: 'a video',
    file_key: 'video/a.mp4',
    cover_key: 'cover/a.jpg',
    duration_ms: 1,
    width: 1,
    height: 1,
    bytes: 1,
  }))
  await db.insertInto('video').values(videos).execute()
  await db
    .insertInto('work_count')
    .values(videos.map(({ author_id }) => ({ user_id: author_id, count: 1 })))
    .execute()
  await db.destroy()
  await using storage = await DiskStorage.open(resolve(stack.dataDir, 'media'))
  for (const key of ['video/a.mp4', 'cover/a.jpg'])
    await storage.write(key, Readable.from([Buffer.from('a')]), { maxBytes: 1 })
  const video = String(videos[0]?.id)
  for (const friend of friends) {
    const follow = (id: string, token: string) =>
      graphql(stack.url, 'mutation ($id: ID!) { followUser(input: { userId: $id }) { user { id } } }', {
        token,
        variables: { id },
      })
    await follow(friend.user.id, viewer.token)
    await follow(viewer.user.id, friend.token)
    await graphql(
      stack.url,
      'mutation ($id: ID!) { postComment(input: { videoId: $id, text: "hi" }) { comment { id } } }',
      {
        token: friend.token,
        variables: { id: video },
      },
    )
  }
  return { token: viewer.token, video }
}
