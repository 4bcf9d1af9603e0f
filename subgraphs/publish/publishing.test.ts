import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { codeOf, errors } from '../../kit/errors.ts'
import { databases } from '../../test/testkit/databases.ts'
import { inspectVideo } from './media/inspect-video.ts'
import {
  assertWhole,
  bytes,
  dyingStorage,
  hookedStorage,
  hours,
  inspectText,
  isCode,
  keyOfUrl,
  openFiles,
  rowsOf,
  sharedDatabase,
  startPublish,
} from './publish-testkit.ts'
import type { Inspect } from './publishing.ts'

for (const database of databases)
  describe(`publishing on ${database.name}`, { skip: database.skip }, () => {
    test('30 parallel repeats make one video, and all of them get it', async () => {
      await using files = await openFiles()
      await using graph = await startPublish({ database, files })
      const uploadId = await graph.upload(1, 'video')
      const made = await Promise.all(Array.from({ length: 30 }, () => graph.publish(1, uploadId)))
      made.push(await graph.publish(1, uploadId, 'another title'))
      assert.equal(new Set(made.map((video) => JSON.stringify(video))).size, 1)
      await assertWhole(graph, files)
    })

    test('a process that dies at any step has published wholly or not at all, and a retry succeeds', async () => {
      for (let calls = 0, died = true; died; calls++) {
        await using files = await openFiles()
        await using shared = await sharedDatabase(database)
        let uploadId = ''
        {
          const storage = dyingStorage(files.storage, calls)
          await using graph = await startPublish({ database: shared, files, more: { storage } })
          uploadId = await graph.upload(1, 'video')
          died = await graph.publish(1, uploadId).then(
            () => false,
            () => true,
          )
        }
        let now = Date.now()
        await using graph = await startPublish({ database: shared, files, worker: 1, clock: () => now })
        const video = await graph.publish(1, uploadId)
        assert.equal((await rowsOf(graph)).length, 1)
        assert.equal(await files.read(keyOfUrl(video.playUrl)), 'video')
        now += 3 * hours
        await graph.runAll()
        await assertWhole(graph, files)
        assert.ok(calls < 30)
      }
    })

    test('a process that dies before its commit leaves files that a retry uses', async () => {
      await using files = await openFiles()
      await using shared = await sharedDatabase(database)
      let uploadId = ''
      {
        const ids = { next: () => assert.fail('the process died'), end: 0 }
        // @ts-expect-error private fields make the class nominal, and nothing else of it is used
        await using graph = await startPublish({ database: shared, files, more: { ids } })
        uploadId = await graph.upload(1, 'video')
        await assert.rejects(graph.publish(1, uploadId), /died/)
      }
      let refused = false
      const more = {
        // What has got so far may be about to be committed by someone else: no refusal may remove it.
        inspect: ((...parameters) => {
          if (refused) return inspectText(...parameters)
          refused = true
          return Promise.reject(errors.unsupportedMedia('killed'))
        }) satisfies Inspect,
      }
      await using graph = await startPublish({ database: shared, files, more })
      await assert.rejects(graph.publish(1, uploadId), isCode('UNSUPPORTED_MEDIA'))
      await graph.publish(1, uploadId)
      await assertWhole(graph, files)
    })

    test('what a dead process left behind is removed when nobody comes back for it', async () => {
      for (const content of ['video', 'a text'])
        for (let calls = 0, died = true; died; calls++) {
          await using files = await openFiles()
          await using shared = await sharedDatabase(database)
          {
            const storage = dyingStorage(files.storage, calls)
            await using graph = await startPublish({ database: shared, files, more: { storage } })
            const uploadId = await graph.upload(1, content)
            died = await graph.publish(1, uploadId).then(
              () => false,
              (error) => codeOf(error) !== 'UNSUPPORTED_MEDIA',
            )
          }
          let now = Date.now()
          await using graph = await startPublish({ database: shared, files, clock: () => now })
          const before = await files.keys()
          await graph.runAll()
          assert.deepEqual(await files.keys(), before)
          now += 3 * hours
          await graph.runAll()
          await assertWhole(graph, files)
          assert.ok(calls < 30)
        }
    })

    test('an inspection that is overloaded or down leaves the file for a retry', async () => {
      await using files = await openFiles()
      const faults = [errors.tooManyRequests('inspection'), errors.timeout('inspection'), errors.unavailable('x')]
      await using graph = await startPublish({
        database,
        files,
        more: {
          inspect: (...parameters) => {
            const fault = faults.pop()
            return fault ? Promise.reject(fault) : inspectText(...parameters)
          },
        },
      })
      const uploadId = await graph.upload(1, 'video')
      for (const code of ['UNAVAILABLE', 'TIMEOUT', 'TOO_MANY_REQUESTS'])
        await assert.rejects(graph.publish(1, uploadId), isCode(code))
      await graph.publish(1, uploadId)
      await assertWhole(graph, files)
    })

    test('a sender that replaces the file all the time gets what was inspected published', async () => {
      await using files = await openFiles()
      const other = (n: number) => (n % 2 === 0 ? 'no video but longer' : 'video').padEnd(20 + n, '.')
      let uploadId = ''
      let calls = 0
      const storage = hookedStorage(files.storage, async (_, key) => {
        if (uploadId && key !== `incoming/${uploadId}`)
          await files.storage.write(`incoming/${uploadId}`, bytes(other(calls++)), { maxBytes: 1_000 })
      })
      let now = Date.now()
      await using graph = await startPublish({ database, files, more: { storage }, clock: () => now })
      for (let n = 0; n < 5; n++) {
        uploadId = await graph.upload(1, 'video')
        const first = await graph.publish(1, uploadId)
        assert.deepEqual(await graph.publish(1, uploadId), first)
        uploadId = ''
      }
      now += 3 * hours
      await graph.runAll()
      assert.equal((await rowsOf(graph)).length, 5)
      await assertWhole(graph, files)
    })

    test('an upload whose video was deleted is not published again', async () => {
      await using files = await openFiles()
      await using graph = await startPublish({ database, files })
      const uploadId = await graph.upload(1, 'video')
      const { id } = await graph.publish(1, uploadId)
      await graph.remove(1, id)
      await files.storage.write(`incoming/${uploadId}`, bytes('video'), { maxBytes: 100 })
      await assert.rejects(graph.publish(1, uploadId), isCode('NOT_FOUND'))
      assert.deepEqual(await rowsOf(graph), [])
    })
  })

test('a real video is published with its size and duration, and a cut one is refused', async () => {
  const [sqlite] = databases
  assert.ok(sqlite)
  await using files = await openFiles()
  await using graph = await startPublish({
    database: sqlite,
    files,
    more: { inspect: inspectVideo, maxUploadBytes: 1_000_000 },
  })
  const bear = await readFile(new URL('../../test/media/bear.mp4', import.meta.url))
  const send = async (content: Uint8Array) => {
    const { createUpload } = await graph.run('mutation { createUpload { uploadId } }', {}, 1)
    const key = `incoming/${createUpload.uploadId}`
    await files.storage.write(
      key,
      (async function* () {
        yield content
      })(),
      { maxBytes: 1_000_000 },
    )
    return createUpload.uploadId as string // as selected
  }
  await graph.publish(1, await send(bear))
  const [row] = await rowsOf(graph)
  assert.equal(row?.['bytes'], bear.length)
  assert.ok(row?.['duration_ms'] > 0 && row?.['width'] > 0 && row?.['height'] > 0)
  assert.match(row?.['file_key'], /\.mp4$/)
  assert.deepEqual(await files.keys(), [row?.['cover_key'], row?.['file_key']])
  await assert.rejects(graph.publish(1, await send(bear.subarray(0, 20_000))), isCode('UNSUPPORTED_MEDIA'))
  assert.equal((await files.keys()).length, 2)
})
