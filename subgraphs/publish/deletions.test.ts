import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { codeOf } from '../../kit/errors.ts'
import { databases } from '../../test/testkit/databases.ts'
import {
  forgetters,
  hookedStorage,
  isCode,
  openFiles,
  type PublishHarness,
  sharedDatabase,
  startPublish,
} from './publish-testkit.ts'

const pending = async (graph: PublishHarness) =>
  (await graph.services.db.selectFrom('video_deletion').selectAll().execute()).length

for (const database of databases)
  describe(`deleting on ${database.name}`, { skip: database.skip }, () => {
    test('a deleted video goes with its files, likes and comments', async () => {
      await using files = await openFiles()
      const { forgotten, sources } = forgetters()
      await using graph = await startPublish({ database, files, more: { sources } })
      const kept = await graph.publish(1, await graph.upload(1, 'video to keep'))
      const { id } = await graph.publish(1, await graph.upload(1, 'video'))
      assert.deepEqual((await graph.remove(1, id))['deleteVideo'], { videoId: id, author: { workCount: 1 } })
      assert.deepEqual(forgotten, { favorite: [id], comment: [id] })
      assert.equal((await files.keys()).length, 2)
      assert.equal(await pending(graph), 0)
      const { video } = await graph.run('query ($id: ID!) { video(id: $id) { id } }', { id })
      assert.equal(video, null)
      const list =
        'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { videos { nodes { id } } } } }'
      const { _entities } = await graph.run(list, { of: [{ __typename: 'User', id: '1' }] })
      assert.deepEqual(_entities[0].videos.nodes, [{ id: kept.id }])
    })

    test('repeating it is a success, and only for its author', async () => {
      await using files = await openFiles()
      await using graph = await startPublish({ database, files })
      const { id } = await graph.publish(1, await graph.upload(1, 'video'))
      await assert.rejects(graph.remove(2, id), isCode('FORBIDDEN'))
      const { errors } = await graph.try(`mutation { deleteVideo(input: { videoId: "${id}" }) { videoId } }`)
      assert.equal(codeOf(errors?.[0]), 'UNAUTHENTICATED')
      const answers = await Promise.all(Array.from({ length: 10 }, () => graph.remove(1, id)))
      answers.push(await graph.remove(1, id))
      for (const { deleteVideo } of answers) assert.deepEqual(deleteVideo, { videoId: id, author: { workCount: 0 } })
      await assert.rejects(graph.remove(2, id), isCode('NOT_FOUND'))
      await assert.rejects(graph.remove(1, '77'), isCode('NOT_FOUND'))
      await assert.rejects(graph.remove(1, 'x'), isCode('BAD_USER_INPUT'))
    })

    test('whatever fails after a deletion is tried again until all of it has succeeded', async () => {
      const fate = fc.record({
        favorite: fc.nat(4),
        comment: fc.nat(4),
        files: fc.nat(4),
        restarts: fc.boolean(),
      })
      await fc.assert(
        fc.asyncProperty(fate, async (left) => {
          await using files = await openFiles()
          await using shared = await sharedDatabase(database)
          const fails = (what: 'favorite' | 'comment' | 'files') => left[what]-- > 0
          const { forgotten, sources } = forgetters((owner) => fails(owner === 'favorite' ? owner : 'comment'))
          const storage = hookedStorage(files.storage, (call) => {
            if (call === 'delete' && fails('files')) throw new Error('the disk is gone')
          })
          let now = Date.now()
          const more = { sources, storage }
          const options = { database: shared, files, clock: () => now }
          const allowed = left.favorite + left.comment + left.files
          let id = ''
          {
            await using graph = await startPublish(options)
            id = (await graph.publish(1, await graph.upload(1, 'video'))).id
          }
          {
            await using graph = await startPublish({ ...options, more })
            await graph.remove(1, id)
            if (!left.restarts) await finish(graph)
          }
          await using graph = await startPublish({ ...options, more })
          await finish(graph)
          assert.deepEqual(await files.keys(), [])
          for (const ids of Object.values(forgotten)) assert.ok(ids.length > 0 && ids.every((each) => each === id))

          async function finish(graph: PublishHarness): Promise<void> {
            for (let round = 0; (await pending(graph)) > 0; round++) {
              assert.ok(round <= allowed)
              now += 10 * 60_000
              await graph.runAll()
            }
          }
        }),
        { numRuns: 15 },
      )
    })

    test('a deletion whose process died right after the commit is finished by the next one', async () => {
      await using files = await openFiles()
      await using shared = await sharedDatabase(database)
      let now = Date.now()
      let id = ''
      {
        await using graph = await startPublish({ database: shared, files, more: { sources: () => new Map() } })
        id = (await graph.publish(1, await graph.upload(1, 'video'))).id
        await graph.remove(1, id)
        assert.equal(await pending(graph), 1)
      }
      const { forgotten, sources } = forgetters()
      await using graph = await startPublish({ database: shared, files, clock: () => now, more: { sources } })
      await graph.runAll()
      assert.deepEqual(forgotten, { favorite: [], comment: [] })
      now += 60_000
      await graph.runAll()
      assert.deepEqual(forgotten, { favorite: [id], comment: [id] })
      assert.equal(await pending(graph), 0)
    })
  })

for (const database of databases.filter(({ name }) => name === 'mariadb'))
  test('several processes share what is left to do after deletions', { skip: database.skip }, async () => {
    await using files = await openFiles()
    await using shared = await sharedDatabase(database)
    let down = true
    let now = Date.now()
    const { forgotten, sources } = forgetters(() => down)
    const start = (worker: number) =>
      startPublish({ database: shared, files, worker, clock: () => now, more: { sources } })
    await using one = await start(0)
    await using two = await start(1)
    const ids = await Promise.all(
      Array.from({ length: 45 }, async () => (await one.publish(1, await one.upload(1, 'video'))).id),
    )
    await Promise.all(ids.map((id) => one.remove(1, id)))
    assert.equal(await pending(one), 45)
    down = false
    now += 60_000
    await Promise.all([one.runAll(), two.runAll()])
    for (const name of ['favorite', 'comment'])
      assert.deepEqual(forgotten[name]?.map(Number).sort(), ids.map(Number).sort())
    assert.equal(await pending(one), 0)
    assert.deepEqual(await files.keys(), [])
  })
