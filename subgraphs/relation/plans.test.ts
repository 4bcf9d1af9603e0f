import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { chunks } from '../../kit/batch.ts'
import { databases } from '../../test/testkit/databases.ts'
import { type RelationGraph, startRelation } from './relation-testkit.ts'
import { RelationStore } from './store.ts'
import { RelationWrites } from './writes.ts'

const user = 1
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n)

/** A user who follows 6,000 others and has 1,000 of them as followers, among others' follows. */
async function fill({ services: { db, ids } }: RelationGraph): Promise<void> {
  const pairs = [
    ...range(1_000, 7_000).map((other) => [user, other] as const),
    ...range(4_000, 5_000).map((other) => [other, user] as const),
    ...range(1_000, 3_000).map((other) => [other, other + 1] as const),
  ]
  for (const some of chunks(pairs, 1_000)) {
    const rows = some.map(([user_id, target_id]) => ({ user_id, target_id, id: ids.next() }))
    const mirror = rows.map(({ user_id, target_id, id }) => ({ user_id: target_id, follower_id: user_id, id }))
    await db.insertInto('following').values(rows).execute()
    await db.insertInto('follower').values(mirror).execute()
  }
}

for (const database of databases)
  describe(`plans of relation on ${database.name}`, { skip: database.skip }, () => {
    test('pages and counts are read by an index, in its order', async () => {
      await using graph = await startRelation(database)
      await fill(graph)
      const { db, ids } = graph.services
      if (database.name === 'mariadb') await sql`analyze table following, follower`.execute(db)
      const store = new RelationStore(db)
      const others = range(4_000, 4_030)
      const from = graph.statements.length
      for (const after of [undefined, ids.next()])
        for (const read of ['followingPage', 'followersPage', 'friendsPage'] as const)
          assert.equal((await store[read](user, { after, limit: 31 })).length, 31)
      assert.ok((await store.followedBy(user, others)).every((follows) => follows))
      await store.countsByUser(others)
      const statements = graph.statements.slice(from)
      assert.equal(statements.length, 9)
      for (const statement of statements) await assertByIndex(graph, statement)
    })

    test('a change waits for nobody who changes other follows of the same user', async () => {
      await using graph = await startRelation(database)
      await fill(graph)
      const { db, ids } = graph.services
      const writes = new RelationWrites(db, ids, 0)
      const set = (targets: readonly number[], follow: (id: number) => boolean) =>
        Promise.all(targets.map((target_id) => writes.set({ follow: follow(target_id), user_id: 2, target_id })))
      const others = range(100, 150)
      await set(range(100, 160), (id) => id % 2 === 0)
      // Were one of the locked rows waited for, this would fail by the server's patience.
      const change = () => set(others, (id) => id % 3 === 0)
      if (database.name === 'sqlite') await change()
      else
        await db.transaction().execute(async (tx) => {
          const busy = tx.selectFrom('following').selectAll().where('user_id', '=', 2)
          assert.ok(await busy.where('target_id', '=', 158).forUpdate().executeTakeFirst())
          await change()
        })
      assert.deepEqual(
        await new RelationStore(db).followedBy(2, others),
        others.map((id) => id % 3 === 0),
      )
    })

    async function assertByIndex({ services: { db } }: RelationGraph, statement: string): Promise<void> {
      const text = statement.replaceAll('?', '1')
      if (database.name === 'sqlite') {
        const { rows } = await sql.raw<{ detail: string }>(`explain query plan ${text}`).execute(db)
        for (const { detail } of rows) assert.doesNotMatch(detail, /SCAN|TEMP B-TREE/, text)
        return
      }
      const { rows } = await sql.raw<{ table: string; type: string; Extra: string }>(`explain ${text}`).execute(db)
      for (const { table, type, Extra } of rows) {
        if (/^(following|follower|follow_count|follower_count)$/.test(table))
          assert.match(type, /const|ref|range/, text)
        assert.doesNotMatch(Extra ?? '', /filesort|temporary/, text)
      }
    }
  })
