import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { databases } from '../../test/testkit/databases.ts'
import type { Answer } from '../../test/testkit/subgraph.ts'
import { keyOfUrl, openFiles, publishVideoOperation, startPublish, ticketKey } from './publish-testkit.ts'

const codeOf = (result: { errors?: readonly { extensions?: Record<string, unknown> }[] }) =>
  result.errors?.[0]?.extensions?.['code']
const userState = `query ($of: [_Any!]!, $first: Int!, $after: String) { _entities(representations: $of) { ... on User {
  workCount videos(first: $first, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } } }`
const users = (...ids: number[]) => ids.map((id) => ({ __typename: 'User', id: String(id) }))
const videos = (...ids: string[]) => ids.map((id) => ({ __typename: 'Video', id }))

for (const database of databases)
  describe(`publish on ${database.name}`, { skip: database.skip }, () => {
    test('an upload becomes a video that can be found by id, by author and as an entity', async () => {
      await using files = await openFiles()
      await using graph = await startPublish({ database, files })
      const before = Date.now()
      const uploadId = await graph.upload(1, 'video one')
      const { publishVideo } = await graph.run(publishVideoOperation, { uploadId, title: ' 第一 ' }, 1)
      assert.equal(publishVideo.author.workCount, 1)
      const { id, title, playUrl, coverUrl } = publishVideo.video
      assert.equal(title, '第一')
      assert.match(playUrl, /^http:\/\/localhost:4000\/media\/video\/.+\.mp4$/)
      assert.equal(await files.read(keyOfUrl(playUrl)), 'video one')
      assert.equal(await files.read(keyOfUrl(coverUrl)), 'cover of video one')
      assert.deepEqual(await files.keys(), [keyOfUrl(coverUrl), keyOfUrl(playUrl)])

      const fields = 'id title durationMs width height createdAt author { id }'
      const byId = await graph.run(`query ($id: ID!) { video(id: $id) { ${fields} } }`, { id })
      const createdAt = Date.parse(byId['video'].createdAt)
      assert.ok(createdAt >= before && createdAt <= Date.now())
      assert.deepEqual(
        { ...byId['video'], createdAt: undefined },
        { id, title: '第一', durationMs: 9, width: 360, height: 640, createdAt: undefined, author: { id: '1' } },
      )
      const entities = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Video { ${fields} } } }`
      const byKey = await graph.run(entities, { of: videos(id, '1') })
      assert.deepEqual(byKey['_entities'], [byId['video'], null])
      assert.equal((await graph.run('{ video(id: "1") { id } }'))['video'], null)
      assert.deepEqual((await graph.run(userState, { of: users(1, 2), first: 20 }))['_entities'], [
        { workCount: 1, videos: { nodes: [{ id }], pageInfo: { hasNextPage: false, endCursor: cursorOf(byId) } } },
        { workCount: 0, videos: { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } } },
      ])
      function cursorOf(found: Record<string, { id: string }>) {
        return Buffer.from(`k${Number(found['video']?.id).toString(36)}`).toString('base64url')
      }
    })

    test('an upload is open for an hour, and its ticket says for whom', async () => {
      await using files = await openFiles()
      await using graph = await startPublish({ database, files, clock: () => 1_700_000_000_000 })
      const operation = 'mutation { createUpload { uploadId url maxBytes expiresAt } }'
      const { createUpload } = await graph.run(operation, {}, 35)
      assert.match(createUpload.uploadId, /^z-[0-9a-f]{32}$/)
      assert.match(createUpload.url, new RegExp(`^http://localhost:4000/upload/${createUpload.uploadId}\\.35\\.`))
      assert.equal(createUpload.maxBytes, 1_000)
      assert.equal(createUpload.expiresAt, '2023-11-14T23:13:20.000Z')
      assert.notEqual((await graph.run(operation, {}, 35))['createUpload'].uploadId, createUpload.uploadId)
      assert.equal(ticketKey.length, 32)
      assert.equal(codeOf(await graph.try(operation)), 'UNAUTHENTICATED')
    })

    test('what cannot be published says why', async () => {
      await using files = await openFiles()
      await using graph = await startPublish({ database, files })
      const uploadId = await graph.upload(1, 'video')
      const code = async (viewer: number | null, input: { uploadId: string; title: string }) =>
        codeOf(await graph.try(publishVideoOperation, input, viewer))
      assert.equal(await code(null, { uploadId, title: 'a' }), 'UNAUTHENTICATED')
      assert.equal(await code(2, { uploadId, title: 'a' }), 'FORBIDDEN')
      assert.equal(await code(1, { uploadId, title: ' ' }), 'BAD_USER_INPUT')
      assert.equal(await code(1, { uploadId, title: '长'.repeat(201) }), 'BAD_USER_INPUT')
      for (const strange of ['', '1', '../x', `${uploadId}.mp4`, `0${uploadId}`, uploadId.toUpperCase()])
        assert.equal(await code(1, { uploadId: strange, title: 'a' }), 'BAD_USER_INPUT')
      assert.equal(await code(1, { uploadId: `1-${'0'.repeat(32)}`, title: 'a' }), 'NOT_FOUND')
      assert.equal(await code(1, { uploadId, title: '长'.repeat(200) }), undefined)
    })

    test('a file that is not a video leaves nothing behind', async () => {
      await using files = await openFiles()
      await using graph = await startPublish({ database, files })
      const uploadId = await graph.upload(1, 'a text')
      const attempt = () => graph.try(publishVideoOperation, { uploadId, title: 'a' }, 1)
      assert.equal(codeOf(await attempt()), 'UNSUPPORTED_MEDIA')
      assert.deepEqual(await files.keys(), [])
      assert.equal(codeOf(await attempt()), 'NOT_FOUND')
      assert.equal((await graph.run(userState, { of: users(1), first: 20 }))['_entities'][0].workCount, 0)
    })

    test('videos of a user are listed newest first, page by page, and pages cost one statement', async () => {
      await using files = await openFiles()
      await using graph = await startPublish({ database, files })
      const ids: string[] = []
      for (let n = 0; n < 7; n++) ids.unshift((await graph.publish(1, await graph.upload(1, `video ${n}`))).id)
      await graph.publish(2, await graph.upload(2, 'video of another'))
      const seen: string[] = []
      for (let after: string | null = null, more = true; more; ) {
        const { _entities }: Answer = await graph.run(userState, { of: users(1), first: 3, after })
        const { nodes, pageInfo } = _entities[0].videos
        seen.push(...nodes.map((node: { id: string }) => node.id))
        after = pageInfo.endCursor
        more = pageInfo.hasNextPage
      }
      assert.deepEqual(seen, ids)
      const list = `query ($of: [_Any!]!, $first: Int!) { _entities(representations: $of) { ... on User {
        videos(first: $first) { nodes { id title playUrl coverUrl createdAt author { id } } } } } }`
      for (const first of [1, 7])
        assert.equal(await graph.countStatements(() => graph.run(list, { of: users(1), first })), 1)
      assert.equal(codeOf(await graph.try(list, { of: users(1), first: 101 })), 'BAD_USER_INPUT')
    })

    test('a batch of videos or of counts costs one statement whatever its length', async () => {
      await using files = await openFiles()
      await using graph = await startPublish({ database, files })
      const { id } = await graph.publish(1, await graph.upload(1, 'video'))
      const read = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Video { title author { id } } } }`
      const count = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { workCount } } }`
      for (const length of [1, 30]) {
        const ids = Array.from({ length }, (_, n) => Number(id) + n)
        assert.equal(await graph.countStatements(() => graph.run(read, { of: videos(...ids.map(String)) })), 1)
        assert.equal(await graph.countStatements(() => graph.run(count, { of: users(...ids) })), 1)
      }
    })

    test('whatever users publish, repeat and delete at once, the counts equal the rows and the lists the order', async () => {
      await using files = await openFiles()
      await using graph = await startPublish({ database, files })
      const wish = fc.record({
        user: fc.integer({ min: 1, max: 4 }),
        times: fc.integer({ min: 1, max: 3 }),
        deleted: fc.integer({ min: 0, max: 3 }),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(wish, { minLength: 1, maxLength: 15 }), async (wishes) => {
          await Promise.all(
            wishes.map(async ({ user, times, deleted }) => {
              const uploadId = await graph.upload(user, 'video')
              const made = await Promise.all(Array.from({ length: times }, () => graph.publish(user, uploadId)))
              assert.equal(new Set(made.map(({ id }) => id)).size, 1)
              await Promise.all(Array.from({ length: deleted }, () => graph.remove(user, made[0]?.id ?? '')))
            }),
          )
          const rows = await graph.services.db.selectFrom('video').select(['id', 'author_id']).execute()
          const state = (await graph.run(userState, { of: users(1, 2, 3, 4), first: 100 }))['_entities']
          for (const user of [1, 2, 3, 4]) {
            const own = rows.filter((row) => row['author_id'] === user).map((row) => Number(row['id']))
            assert.equal(state[user - 1].workCount, own.length)
            assert.deepEqual(
              state[user - 1].videos.nodes.map((node: { id: string }) => Number(node.id)),
              own.sort((a, b) => b - a),
            )
          }
          assert.equal((await files.keys()).length, rows.length * 2)
        }),
        { numRuns: 8 },
      )
    })
  })
