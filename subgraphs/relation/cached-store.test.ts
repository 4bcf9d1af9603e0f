import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  cachedWorlds,
  openFailingWorld,
  type ProcessParts,
  skipFailingWorld,
  startEach,
} from '../../test/testkit/cached-worlds.ts'
import { assertFresh } from '../../test/testkit/freshness.ts'
import { type RelationGraph, startRelation } from './relation-testkit.ts'

const start = ({ database, worker, cache }: ProcessParts) => startRelation(database, worker, cache)

/** User `key` follows and unfollows user `100 + key` by turns. */
const toggled = {
  write: (graph: RelationGraph, key: number, version: number) =>
    version % 2 === 1 ? graph.follow(key, 100 + key) : graph.unfollow(key, 100 + key),
  read: async (graph: RelationGraph, key: number) => (await graph.countsOf([100 + key]))[0]?.followerCount,
  valueAt: (version: number) => version % 2,
}

for (const { name, skip, open } of cachedWorlds)
  describe(`cached counts of follows on ${name}`, { skip }, () => {
    test('the counts of a page of users cost a statement for each table once', async () => {
      await using world = await open()
      const [parts] = world.processes
      assert.ok(parts)
      await using graph = await start(parts)
      await graph.follow(1, 2)
      const ids = Array.from({ length: 30 }, (_, n) => n + 1)
      const read = async () => {
        const counts = await graph.countsOf(ids)
        assert.deepEqual([counts[0]?.followCount, counts[1]?.followerCount, counts[2]?.followerCount], [1, 1, 0])
      }
      assert.equal(await graph.countStatements(read), 2)
      assert.equal(await graph.countStatements(read), 0)
    })

    test('follows, unfollows and readers at once never leave or read an old count', async () => {
      await using world = await open()
      await using stack = new AsyncDisposableStack()
      const processes = await startEach(world.processes, stack, start)
      const reads = await assertFresh({ processes, keys: [1, 2, 3], writes: 100, ...toggled })
      assert.ok(reads > 20, `only ${reads} reads`)
      const [first] = processes
      assert.ok(first)
      for (const graph of processes)
        for (const key of [1, 2, 3])
          assert.equal((await graph.countsOf([key]))[0]?.followCount, await toggled.read(first, key))
    })
  })

test('counts of follows stay right while Redis dies, is slow and comes back', {
  skip: skipFailingWorld(),
}, async () => {
  await using world = await openFailingWorld()
  await using stack = new AsyncDisposableStack()
  const processes = await startEach(world.processes, stack, start)
  await assertFresh({ processes, keys: [1, 2, 3], writes: 1, until: world.misbehave(), readers: 2, ...toggled })
})
