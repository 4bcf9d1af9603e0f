import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { openDatabase } from '../kit/database/database.ts'
import { databases } from './testkit/databases.ts'
import { migrateAll } from './testkit/migrated.ts'

const [, mariadb] = databases

/** Keys that no client makes up. */
const ours = /^(schema_migration|owed_drop|upload)$/

test('what clients name is told apart by every byte, also in a database that has no regard to case', {
  skip: mariadb?.skip,
}, async () => {
  assert.ok(mariadb)
  await using opened = await mariadb.open()
  const db = await openDatabase({ url: opened.url })
  await sql`alter database character set utf8mb4 collate utf8mb4_general_ci`.execute(db)
  await db.destroy()
  const again = await openDatabase({ url: opened.url })
  try {
    await migrateAll(again)
    const { rows } = await sql<{ t: string; c: string; collation: string }>`
      select c.table_name as t, c.column_name as c, c.collation_name as collation
      from information_schema.columns c
      join information_schema.statistics s using (table_schema, table_name, column_name)
      where c.table_schema = database() and s.non_unique = 0 and c.collation_name is not null`.execute(again)
    const keys = rows.filter(({ t }) => !ours.test(t))
    assert.deepEqual(
      keys.map(({ t, c, collation }) => `${t}.${c} ${collation}`).toSorted(),
      ['comment_request.client_id', 'message_request.client_id', 'user_name.name'].map((key) => `${key} utf8mb4_bin`),
    )
  } finally {
    await again.destroy()
  }
})
