import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { IdSource } from '../../kit/ids.ts'
import {
  cachedWorlds,
  openFailingWorld,
  type ProcessParts,
  skipFailingWorld,
  startEach,
} from '../../test/testkit/cached-worlds.ts'
import { assertFresh } from '../../test/testkit/freshness.ts'
import { CachedVideos } from './cached-store.ts'
import { type Files, openFiles, type PublishHarness, startPublish } from './publish-testkit.ts'
import { PublishStore } from './store.ts'

const start = ({ database, worker, cache }: ProcessParts, files: Files, ids?: IdSource) =>
  startPublish({ database, worker, files, more: { cache, ...(ids && { ids }) } })

const isThere = async (graph: PublishHarness, id: string): Promise<boolean> => {
  const { video } = await graph.run('query ($id: ID!) { video(id: $id) { title } }', { id })
  return video !== null
}

/** User `key` publishes a video and deletes it, by turns. */
function comingAndGoing() {
  const latest = new Map<number, string>()
  return {
    async write(graph: PublishHarness, key: number, version: number) {
      if (version % 2 === 0) await graph.remove(key, latest.get(key) ?? '')
      else latest.set(key, (await graph.publish(key, await graph.upload(key, 'video'))).id)
    },
    read: (graph: PublishHarness, key: number) => isThere(graph, latest.get(key) ?? '1'),
    valueAt: (version: number) => version % 2 === 1,
  }
}

const worksOf = async (graph: PublishHarness, userId: number): Promise<number> => {
  const of = [{ __typename: 'User', id: String(userId) }]
  const operation = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { workCount } } }'
  return (await graph.run(operation, { of }))['_entities'][0].workCount
}

for (const { name, skip, open } of cachedWorlds)
  describe(`cached videos on ${name}`, { skip }, () => {
    test('a herd of 2,000 readers of one cold video costs a process one statement, later readers none', async () => {
      await using world = await open()
      await using files = await openFiles()
      for (const parts of world.processes) {
        await using graph = await start(parts, files)
        const { id } = await graph.publish(1, await graph.upload(1, 'video'))
        const videos = new CachedVideos(new PublishStore(graph.services.db), parts.cache)
        const herd = () => Promise.all(Array.from({ length: 2_000 }, () => videos.byIds([Number(id)])))
        assert.equal(await graph.countStatements(herd), 1)
        assert.equal(await graph.countStatements(herd), 0)
        assert.equal(await graph.countStatements(() => isThere(graph, id)), 0)
      }
    })

    test('publishing, deleting and reading at once never leaves or shows what is gone', async () => {
      await using world = await open()
      await using files = await openFiles()
      await using stack = new AsyncDisposableStack()
      const processes = await startEach(world.processes, stack, (parts) => start(parts, files))
      const reads = await assertFresh({ processes, keys: [1, 2, 3], writes: 20, ...comingAndGoing() })
      assert.ok(reads > 20, `only ${reads} reads`)
    })

    test('publishing, deleting and reading at once never leaves or shows an old count of works', async () => {
      await using world = await open()
      await using files = await openFiles()
      await using stack = new AsyncDisposableStack()
      const processes = await startEach(world.processes, stack, (parts) => start(parts, files))
      const works = { ...comingAndGoing(), read: worksOf, valueAt: (version: number) => version % 2 }
      const reads = await assertFresh({ processes, keys: [1, 2, 3], writes: 20, ...works })
      assert.ok(reads > 20, `only ${reads} reads`)
    })

    test('a video is found at once after it was looked for in vain', async () => {
      await using world = await open()
      await using files = await openFiles()
      const [parts] = world.processes
      assert.ok(parts)
      const ids = { next: () => 4_711 } as IdSource // publishing asks for nothing else
      await using graph = await start(parts, files, ids)
      assert.equal(await isThere(graph, '4711'), false)
      assert.equal((await graph.publish(1, await graph.upload(1, 'video'))).id, '4711')
      assert.equal(await isThere(graph, '4711'), true)
    })
  })

test('videos stay right while Redis dies, is slow and comes back', { skip: skipFailingWorld() }, async () => {
  await using world = await openFailingWorld()
  await using files = await openFiles()
  await using stack = new AsyncDisposableStack()
  const processes = await startEach(world.processes, stack, (parts) => start(parts, files))
  const until = world.misbehave()
  await assertFresh({ processes, keys: [1, 2], writes: 1, until, readers: 2, ...comingAndGoing() })
})
