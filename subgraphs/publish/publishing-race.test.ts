import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { errors } from '../../kit/errors.ts'
import { databases } from '../../test/testkit/databases.ts'
import { eventually } from '../../test/testkit/eventually.ts'
import {
  assertWhole,
  bytes,
  hookedStorage,
  hours,
  inspectText,
  openFiles,
  type PublishHarness,
  rowsOf,
  sharedDatabase,
  startPublish,
} from './publish-testkit.ts'
import type { Inspect } from './publishing.ts'

for (const database of databases.filter(({ name }) => name === 'mariadb'))
  describe('publishing by several processes', { skip: database.skip }, () => {
    test('gives the video to an attempt whose file was moved under its hands', async () => {
      for (const fault of [errors.notFound('object', 'x'), errors.unsupportedMedia('the file is damaged')]) {
        await using files = await openFiles()
        await using shared = await sharedDatabase(database)
        const joined = Promise.withResolvers<void>()
        const published = Promise.withResolvers<void>()
        const slow: Inspect = async (...parameters) => {
          await joined.promise
          return inspectText(...parameters)
        }
        const overtaken: Inspect = async () => {
          joined.resolve()
          await published.promise
          throw fault
        }
        await using one = await startPublish({ database: shared, files, worker: 0, more: { inspect: slow } })
        await using two = await startPublish({ database: shared, files, worker: 1, more: { inspect: overtaken } })
        const uploadId = await one.upload(1, 'video')
        const first = one.publish(1, uploadId)
        await eventually(async () => (await files.keys())[0]?.startsWith(`incoming/${uploadId}.`))
        const second = two.publish(1, uploadId)
        await first.finally(published.resolve)
        assert.deepEqual(await second, await first)
        await assertWhole(one, files)
      }
    })

    test('makes one video of each upload, whichever process comes first, and both get it', async () => {
      await using files = await openFiles()
      await using shared = await sharedDatabase(database)
      let now = Date.now()
      const start = (worker: number) =>
        startPublish({
          database: shared,
          files,
          worker,
          clock: () => now,
          more: { storage: hookedStorage(files.storage, () => sleep(Math.random() * 6)) },
        })
      await using one = await start(0)
      await using two = await start(1)
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(40), { minLength: 5, maxLength: 15 }), async (delays) => {
          await Promise.all(
            delays.map(async (delay, n) => {
              const uploadId = await one.upload(n + 1, `video ${'.'.repeat(n)}`)
              const publish = (graph: PublishHarness, ms: number) =>
                sleep(ms).then(() => graph.publish(n + 1, uploadId))
              const again = () => files.storage.write(`incoming/${uploadId}`, bytes('video again'), { maxBytes: 100 })
              const made = await Promise.all([
                publish(one, 0),
                publish(two, delay),
                delay % 3 === 0 ? sleep(delay / 2).then(again) : undefined,
              ])
              assert.deepEqual(made[0], made[1])
            }),
          )
        }),
        { numRuns: 10 },
      )
      now += 3 * hours
      await Promise.all([one.runAll(), two.runAll()])
      await assertWhole(one, files)
      const counts = await one.services.db.selectFrom('work_count').selectAll().execute()
      const all = await rowsOf(one)
      for (const { user_id, count } of counts)
        assert.equal(count, all.filter((row) => row['author_id'] === user_id).length)
    })
  })
