import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { databases } from '../../test/testkit/databases.ts'
import { openFiles, startPublish } from './publish-testkit.ts'

const many = 3_000
const author = 5

for (const database of databases)
  describe(`statements of publish on ${database.name}`, { skip: database.skip }, () => {
    test('find their rows by an index and in its order', async () => {
      await using files = await openFiles()
      await using graph = await startPublish({ database, files })
      const { db } = graph.services
      const numbers = Array.from({ length: many }, (_, n) => n + 1)
      const keys = { file_key: 'video/x.mp4', cover_key: 'cover/x.jpg' }
      const size = { duration_ms: 1, width: 1, height: 1, bytes: 1 }
      const insert = (table: string, rows: Record<string, unknown>[]) => db.insertInto(table).values(rows).execute()
      for (let from = 0; from < many; from += 1_000) {
        const some = numbers.slice(from, from + 1_000)
        await insert(
          'video',
          some.map((id) => ({ id, author_id: id % 50, title: 'a', ...keys, ...size })),
        )
        await insert(
          'upload',
          some.map((id) => ({ user_id: id % 50, upload_id: `u${id}`, video_id: id })),
        )
        await insert(
          'work_count',
          some.map((id) => ({ user_id: id, count: 1 })),
        )
        await insert(
          'video_deletion',
          some.map((id) => ({ video_id: id, author_id: 1, ...keys, attempts: 0, retry_at: Date.now() * 2 })),
        )
      }
      const start = graph.statements.length
      await graph.run(
        `query ($of: [_Any!]!) { video(id: "9") { id } _entities(representations: $of) { ... on User {
          workCount videos(first: 20, after: "${Buffer.from('k1jk').toString('base64url')}") { nodes { id } } } } }`,
        { of: [{ __typename: 'User', id: String(author) }] },
      )
      const { id } = await graph.publish(author, await graph.upload(author, 'video'))
      await graph.remove(author, id)
      await graph.remove(author, id)
      await graph.runAll()
      const read = graph.statements.slice(start).filter((statement) => /^(select|update|delete)/.test(statement))
      assert.ok(new Set(read).size >= 9)
      for (const statement of new Set(read)) {
        // Of the type of the column: a number would keep a text's index from being used.
        const text = statement.replaceAll(/(upload_id.? = )\?/g, "$1'u1'").replaceAll('?', String(author))
        if (database.name === 'sqlite') {
          const { rows } = await sql.raw<{ detail: string }>(`explain query plan ${text}`).execute(db)
          for (const { detail } of rows) assert.doesNotMatch(detail, /SCAN|TEMP B-TREE/, text)
        } else {
          const { rows } = await sql.raw<{ type: string; Extra: string }>(`explain ${text}`).execute(db)
          for (const { type, Extra } of rows) {
            assert.ok(type !== 'ALL' && type !== 'index', text)
            assert.doesNotMatch(Extra ?? '', /filesort|temporary/, text)
          }
        }
      }
    })

    test('publishing costs five and deleting seven, whatever there is already', async () => {
      await using files = await openFiles()
      await using graph = await startPublish({ database, files })
      for (let n = 0; n < 3; n++) {
        const uploadId = await graph.upload(author, 'video')
        let id = ''
        const publish = async () => {
          id = (await graph.publish(author, uploadId)).id
        }
        assert.equal(await graph.countStatements(publish), 5)
        assert.equal(await graph.countStatements(publish), 3)
        if (n > 0) assert.equal(await graph.countStatements(() => graph.remove(author, id)), 7)
      }
    })
  })
