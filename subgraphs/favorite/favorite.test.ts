import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { databases } from '../../test/testkit/databases.ts'
import { withLostCommits } from '../../test/testkit/lost-commits.ts'
import { persist } from '../../test/testkit/persist.ts'
import { startSubgraph } from '../../test/testkit/subgraph.ts'
import { favorite } from './index.ts'
import { FavoriteWrites } from './writes.ts'

const author = 7
const owners = {
  publish: (_: string, id: number) => (id < 1_000 ? { author: { id: String(author) } } : null),
}
const like =
  'mutation ($id: ID!) { favoriteVideo(input: { videoId: $id }) { video { id favoriteCount isFavorite } viewer { favoriteCount } author { totalFavorited } } }'
const unlike = 'mutation ($id: ID!) { unfavoriteVideo(input: { videoId: $id }) { video { favoriteCount isFavorite } } }'
const state = `query ($of: [_Any!]!) { _entities(representations: $of) {
  ... on Video { favoriteCount isFavorite } ... on User { favoriteCount totalFavorited } } }`
const videos = (ids: number[]) => ({ of: ids.map((id) => ({ __typename: 'Video', id: String(id) })) })
const users = (ids: number[]) => ({ of: ids.map((id) => ({ __typename: 'User', id: String(id) })) })

for (const database of databases)
  describe(`favorite on ${database.name}`, { skip: database.skip }, () => {
    const start = () => startSubgraph(favorite, { database, owners })

    test('a like counts for the video, the viewer and the author, and its repeat counts nothing', async () => {
      await using graph = await start()
      for (let n = 0; n < 2; n++)
        assert.deepEqual((await graph.run(like, { id: '5' }, 1))['favoriteVideo'], {
          video: { id: '5', favoriteCount: 1, isFavorite: true },
          viewer: { favoriteCount: 1 },
          author: { totalFavorited: 1 },
        })
      for (let n = 0; n < 2; n++)
        assert.deepEqual((await graph.run(unlike, { id: '5' }, 1))['unfavoriteVideo'], {
          video: { favoriteCount: 0, isFavorite: false },
        })
    })

    test('50 parallel likes of one user count once', async () => {
      await using graph = await start()
      await Promise.all(Array.from({ length: 50 }, () => graph.run(like, { id: '5' }, 1)))
      assert.equal((await graph.run(state, videos([5]), 1))['_entities'][0].favoriteCount, 1)
    })

    test('likes and unlikes of many users at random leave every counter equal to its rows', async () => {
      await using graph = await start()
      const wish = fc.record({
        user: fc.integer({ min: 1, max: 200 }),
        video: fc.integer({ min: 1, max: 20 }),
        on: fc.boolean(),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(wish, { minLength: 200, maxLength: 600 }), async (wishes) => {
          await Promise.all(
            wishes.map(({ user, video, on }) =>
              persist(() => graph.run(on ? like : unlike, { id: String(video) }, user)),
            ),
          )
          const { db } = graph.services
          const rows = await db.selectFrom('favorite').selectAll().execute()
          const videoIds = Array.from({ length: 20 }, (_, n) => n + 1)
          const userIds = Array.from({ length: 200 }, (_, n) => n + 1)
          const ofVideos = (await graph.run(state, videos(videoIds)))['_entities']
          const ofUsers = (await graph.run(state, users(userIds)))['_entities']
          for (const [n, id] of videoIds.entries())
            assert.equal(ofVideos[n].favoriteCount, rows.filter((row) => row['video_id'] === id).length)
          for (const [n, id] of userIds.entries())
            assert.equal(ofUsers[n].favoriteCount, rows.filter((row) => row['user_id'] === id).length)
          assert.equal(ofUsers[author - 1].totalFavorited, rows.length)
        }),
        { numRuns: 5, endOnFailure: true }, // what a race does, a smaller input need not do
      )
    })

    test('a like whose commit was never answered counts once', async () => {
      await using graph = await start()
      const { db, ids } = graph.services
      const writes = new FavoriteWrites(withLostCommits(db), ids, 0)
      const wish = { user_id: 1, video_id: 5, author_id: author }
      await writes.set({ like: true, ...wish })
      assert.equal((await graph.run(state, videos([5])))['_entities'][0].favoriteCount, 1)
      await writes.set({ like: false, ...wish })
      assert.equal((await graph.run(state, videos([5])))['_entities'][0].favoriteCount, 0)
    })

    test('two mutations of one request each see what they changed', async () => {
      await using graph = await start()
      const both = `mutation { a: favoriteVideo(input: { videoId: "5" }) { video { favoriteCount isFavorite } }
        b: unfavoriteVideo(input: { videoId: "5" }) { video { favoriteCount isFavorite } } }`
      assert.deepEqual(await graph.run(both, {}, 1), {
        a: { video: { favoriteCount: 1, isFavorite: true } },
        b: { video: { favoriteCount: 0, isFavorite: false } },
      })
    })

    test('a page of videos costs two statements whatever its length', async () => {
      await using graph = await start()
      await graph.run(like, { id: '3' }, 1)
      for (const length of [1, 30])
        assert.equal(
          await graph.countStatements(() => graph.run(state, videos(Array.from({ length }, (_, n) => n + 1)), 1)),
          2,
        )
    })

    test('favorites are listed most recent first, page by page', async () => {
      await using graph = await start()
      for (const id of [4, 9, 2, 6]) await graph.run(like, { id: String(id) }, 1)
      const list = `query ($of: [_Any!]!, $after: String) { _entities(representations: $of) { ... on User {
        favorites(first: 3, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } } }`
      const first = (await graph.run(list, users([1])))['_entities'][0].favorites
      assert.deepEqual(
        first.nodes.map((node: { id: string }) => node.id),
        ['6', '2', '9'],
      )
      assert.equal(first.pageInfo.hasNextPage, true)
      const second = (await graph.run(list, { ...users([1]), after: first.pageInfo.endCursor }))['_entities'][0]
        .favorites
      assert.deepEqual(
        second.nodes.map((node: { id: string }) => node.id),
        ['4'],
      )
      assert.equal(second.pageInfo.hasNextPage, false)
    })

    test('likes of a deleted video go with it, and no later like stays', async () => {
      await using graph = await start()
      const racing = Promise.allSettled(Array.from({ length: 100 }, (_, n) => graph.run(like, { id: '5' }, n + 1)))
      await graph.run('mutation { forgetFavoritesOfVideo(videoId: "5") }')
      await racing
      const { errors } = await graph.try(like, { id: '5' }, 1)
      assert.equal(errors?.[0]?.extensions['code'], 'NOT_FOUND')
      assert.deepEqual(await graph.services.db.selectFrom('favorite').selectAll().execute(), [])
      assert.equal((await graph.run(state, users([author])))['_entities'][0].totalFavorited, 0)
    })

    test('without a viewer nothing is liked, and a video that does not exist is NOT_FOUND', async () => {
      await using graph = await start()
      assert.equal((await graph.try(like, { id: '5' })).errors?.[0]?.extensions['code'], 'UNAUTHENTICATED')
      assert.equal((await graph.try(like, { id: '1000' }, 1)).errors?.[0]?.extensions['code'], 'NOT_FOUND')
      assert.equal((await graph.try(like, { id: 'x' }, 1)).errors?.[0]?.extensions['code'], 'BAD_USER_INPUT')
    })
  })
