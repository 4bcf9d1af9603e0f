import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { codeOf } from '../../kit/errors.ts'
import { databases } from '../../test/testkit/databases.ts'
import { withLostCommits } from '../../test/testkit/lost-commits.ts'
import { consistentFollows, firstUnknownUser, startRelation } from './relation-testkit.ts'
import { RelationWrites } from './writes.ts'

const upTo = (length: number) => Array.from({ length }, (_, n) => n + 1)
const failsWith = (code: string) => (error: unknown) => codeOf(error) === code

for (const database of databases)
  describe(`relation on ${database.name}`, { skip: database.skip }, () => {
    const start = () => startRelation(database)

    test('a follow counts for both, and its repeat counts nothing', async () => {
      await using graph = await start()
      for (let n = 0; n < 2; n++)
        assert.deepEqual(await graph.follow(1, 2), {
          user: { id: '2', followCount: 0, followerCount: 1, isFollow: true },
          viewer: { id: '1', followCount: 1, followerCount: 0, isFollow: false },
        })
      for (let n = 0; n < 2; n++)
        assert.deepEqual(await graph.unfollow(1, 2), {
          user: { id: '2', followCount: 0, followerCount: 0, isFollow: false },
          viewer: { id: '1', followCount: 0, followerCount: 0, isFollow: false },
        })
    })

    test('nobody follows itself, a user who does not exist, or without a token', async () => {
      await using graph = await start()
      for (const act of [graph.follow, graph.unfollow]) {
        await assert.rejects(act(1, 1), failsWith('BAD_USER_INPUT'))
        await assert.rejects(act(1, 'x'), failsWith('BAD_USER_INPUT'))
        await assert.rejects(act(1, firstUnknownUser), failsWith('NOT_FOUND'))
        await assert.rejects(act(null, 2), failsWith('UNAUTHENTICATED'))
      }
      assert.deepEqual(await consistentFollows(graph, [1, 2]), new Set())
    })

    test('whether a user is followed depends on who asks, and nothing is asked for nobody', async () => {
      await using graph = await start()
      await graph.follow(1, 2)
      const isFollow = async (viewerId: number | null) =>
        (await graph.countsOf([1, 2, 3], viewerId)).map((user) => user.isFollow)
      assert.deepEqual(await isFollow(1), [false, true, false])
      assert.deepEqual(await isFollow(2), [false, false, false])
      assert.deepEqual(await isFollow(null), [false, false, false])
      const alone = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { isFollow } } }'
      const of = [{ __typename: 'User', id: '2' }]
      assert.equal(await graph.countStatements(() => graph.run(alone, { of })), 0)
    })

    test('50 parallel follows of one user count once, and so do 50 unfollows', async () => {
      await using graph = await start()
      await graph.follow(3, 2)
      await Promise.all(Array.from({ length: 50 }, () => graph.follow(1, 2)))
      assert.deepEqual(await consistentFollows(graph, [1, 2, 3]), new Set(['1 2', '3 2']))
      await Promise.all(Array.from({ length: 50 }, () => graph.unfollow(1, 2)))
      assert.deepEqual(await consistentFollows(graph, [1, 2, 3]), new Set(['3 2']))
    })

    test('several mutations of one request each see what they changed', async () => {
      await using graph = await start()
      const answer = '{ user { followerCount isFollow } viewer { followCount } }'
      const both = `mutation { a: followUser(input: { userId: "2" }) ${answer} b: unfollowUser(input: { userId: "2" }) ${answer} }`
      assert.deepEqual(await graph.run(both, {}, 1), {
        a: { user: { followerCount: 1, isFollow: true }, viewer: { followCount: 1 } },
        b: { user: { followerCount: 0, isFollow: false }, viewer: { followCount: 0 } },
      })
    })

    test('lists are most recent first, page by page, and a user followed again is on top', async () => {
      await using graph = await start()
      for (const id of [5, 3, 9, 7, 4]) {
        await graph.follow(1, id)
        await graph.follow(id, 2)
      }
      await graph.unfollow(1, 3)
      await graph.follow(1, 3)
      await graph.follow(1, 5)
      for (const pageSize of [1, 2, 5, 100]) {
        assert.deepEqual(await graph.list('following', 1, pageSize), [3, 4, 7, 9, 5])
        assert.deepEqual(await graph.list('followers', 2, pageSize), [4, 7, 9, 3, 5])
        assert.deepEqual(await graph.list('followers', 1, pageSize), [])
      }
      for (const size of [0, -1, 101])
        await assert.rejects(graph.list('following', 1, size), failsWith('BAD_USER_INPUT'))
    })

    test('friends follow each other, in the order in which the user followed them', async () => {
      await using graph = await start()
      for (const id of [5, 3, 9, 7, 4]) await graph.follow(1, id)
      for (const id of [9, 4, 3, 8]) await graph.follow(id, 1)
      for (const pageSize of [1, 2, 100]) assert.deepEqual(await graph.list('friends', 1, pageSize), [4, 9, 3])
      assert.deepEqual(await graph.list('friends', 9), [1])
      await graph.unfollow(1, 9)
      assert.deepEqual(await graph.list('friends', 1), [4, 3])
      for (const id of [9, 8, 5]) assert.deepEqual(await graph.list('friends', id), [])
    })

    test('the counts of a page of users are three statements whatever its length, and a list is one', async () => {
      await using graph = await start()
      for (const id of upTo(40).slice(1)) {
        await graph.follow(1, id)
        await graph.follow(id, 1)
      }
      for (const length of [1, 30]) {
        assert.equal(await graph.countStatements(() => graph.countsOf(upTo(length), 1)), 3)
        assert.equal(await graph.countStatements(() => graph.countsOf(upTo(length))), 2)
      }
      for (const field of ['following', 'followers', 'friends'] as const)
        assert.equal(await graph.countStatements(() => graph.list(field, 1)), 1)
    })

    test('what 100 callers want at once costs as many statements as what two want', async () => {
      await using graph = await start()
      const costs = []
      for (const callers of [2, 100]) {
        const all = (act: (viewer: number, user: number) => Promise<unknown>) => () =>
          Promise.all(upTo(callers).map((n) => act(n + 1, callers * 5)))
        const writes = new RelationWrites(graph.services.db, graph.services.ids, 0)
        const follows = all((user_id, target_id) => writes.set({ follow: true, user_id, target_id }))
        costs.push(await graph.countStatements(follows))
      }
      assert.equal(costs[0], costs[1])
    })

    test('a follow whose commit was never answered counts once, and so does its end', async () => {
      await using graph = await start()
      const { db, ids } = graph.services
      const writes = new RelationWrites(withLostCommits(db), ids, 0)
      const wishes = (follow: boolean, from: number) =>
        upTo(80).map((n) => writes.set({ follow, user_id: from + n, target_id: 500 }))
      await Promise.all([...wishes(true, 0), writes.set({ follow: true, user_id: 500, target_id: 1 })])
      assert.equal((await consistentFollows(graph, [1, 40, 80, 500])).size, 81)
      await Promise.all([...wishes(false, 0), ...wishes(true, 100)])
      const left = await consistentFollows(graph, [1, 40, 80, 101, 180, 500])
      assert.deepEqual(left, new Set(['500 1', ...upTo(80).map((n) => `${100 + n} 500`)]))
    })

    test('of opposite wishes of one caller the later one holds', async () => {
      await using graph = await start()
      await Promise.all([graph.follow(1, 2), graph.unfollow(1, 2), graph.follow(1, 2)])
      assert.deepEqual(await consistentFollows(graph, [1, 2]), new Set(['1 2']))
      await Promise.all([graph.unfollow(1, 2), graph.follow(1, 2), graph.unfollow(1, 2)])
      assert.deepEqual(await consistentFollows(graph, [1, 2]), new Set())
    })
  })
