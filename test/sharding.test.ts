import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { type Database, hasRowLocks } from '../kit/database/database.ts'
import { databases } from './testkit/databases.ts'
import { openMigrated } from './testkit/migrated.ts'
import { faultsOf } from './testkit/sharding/check-statement.ts'
import { shardKeys } from './testkit/sharding/shard-keys.ts'

const keys = new Map(Object.values(shardKeys).flatMap((tables) => Object.entries(tables)))

interface Column {
  readonly table: string
  readonly name: string
  /** As declared, such as `varchar(32)`. */
  readonly type: string
  /** From 1, in the primary key; 0 outside of it. */
  readonly keyPlace: number
  readonly counts: boolean
}

async function schemaOf(db: Database): Promise<{ columns: Column[]; foreignKeys: number }> {
  if (hasRowLocks(db)) {
    const { rows } = await sql<Column>`
      select c.table_name as 'table', c.column_name as 'name', c.column_type as 'type',
        coalesce(k.ordinal_position, 0) as 'keyPlace', c.extra like '%auto_increment%' as 'counts'
      from information_schema.columns c left join information_schema.key_column_usage k
        on k.table_schema = c.table_schema and k.table_name = c.table_name and k.column_name = c.column_name
        and k.constraint_name = 'PRIMARY'
      where c.table_schema = database()`.execute(db)
    const found = await sql<{ n: number }>`
      select count(*) as n from information_schema.referential_constraints where constraint_schema = database()`.execute(
      db,
    )
    return { columns: rows.map((row) => ({ ...row, counts: Boolean(row.counts) })), foreignKeys: found.rows[0]?.n ?? 0 }
  }
  const { rows } = await sql<Column>`
    select t.name as "table", c.name as "name", lower(c.type) as "type", c.pk as "keyPlace",
      t.sql like '%autoincrement%' as "counts"
    from sqlite_master t join pragma_table_info(t.name) c where t.type = 'table'`.execute(db)
  const found = await sql<{ n: number }>`
    select count(*) as n from sqlite_master t join pragma_foreign_key_list(t.name) where t.type = 'table'`.execute(db)
  return { columns: rows.map((row) => ({ ...row, counts: Boolean(row.counts) })), foreignKeys: found.rows[0]?.n ?? 0 }
}

for (const database of databases)
  describe(`the schema on ${database.name}`, { skip: database.skip }, () => {
    test('the primary key of every table begins with its shard key', async () => {
      await using world = await openMigrated(database)
      const { columns } = await schemaOf(world.db)
      const tables = Map.groupBy(columns, (column) => column.table)
      assert.ok(tables.size >= 20, `only ${tables.size} tables`)
      for (const [table, of] of tables)
        assert.equal(of.find(({ keyPlace }) => keyPlace === 1)?.name, keys.get(table), `the shard key of ${table}`)
    })

    test('numbers and texts with a length are all there is: no dates, nothing that counts up, no foreign keys', async () => {
      await using world = await openMigrated(database)
      const { columns, foreignKeys } = await schemaOf(world.db)
      assert.equal(foreignKeys, 0)
      for (const { table, name, type, counts } of columns) {
        assert.match(type, /^(bigint|int(eger)?)(\(\d+\))?$|^varchar\(\d+\)$/, `${table}.${name}`)
        assert.equal(counts, false, `${table}.${name}`)
      }
    })
  })

describe('the check of statements', () => {
  const fine = [
    'select * from favorite where user_id = ? and video_id in (?, ?)',
    'select * from "favorite" where "video_id" = ? and "user_id" in (?, ?) for update',
    'delete from `favorite` where ((`user_id` = ? and `video_id` = ?) or (`user_id` = ? and `video_id` = ?))',
    'update work_count set count = count + ? where user_id = ?',
    'insert into video (id, author_id) values (?, ?)',
    'insert into `work_count` (`user_id`, `count`) values (?, ?) on duplicate key update count = count + values(count)',
    'select * from `favorite` force index (`primary`) where (`user_id`, `video_id`) in ((?, ?), (?, ?)) for update',
    'select * from "favorite" where ("user_id", "video_id") in (values (?, ?), (?, ?))',
    'select mailbox.* from conversation inner join mailbox on mailbox.user_id = conversation.user_id where conversation.user_id = ?',
    'select head.seq from inbox_head as head left join inbox on inbox.user_id = head.user_id and inbox.seq between ? and ? where head.user_id = ? union all select head.seq from inbox_head as head where head.user_id = ?',
  ]
  for (const statement of fine)
    test(`takes ${statement.slice(0, 60)}`, () => {
      assert.deepEqual(faultsOf(statement), [])
    })

  const faulty: readonly (readonly [string, RegExp])[] = [
    ['select * from favorite where video_id in (?, ?)', /shard key/],
    ['select * from favorite', /shard key/],
    ['select * from favorite where user_id = ? or video_id = ?', /shard key/],
    ['select * from favorite where user_id > ?', /shard key/],
    ['select * from favorite where user_id not in (?)', /shard key/],
    ['delete from favorite where (user_id = ? and video_id = ?) or video_id = ?', /shard key/],
    ['update work_count set count = ? where count > ?', /shard key/],
    ['insert into video (author_id) values (?)', /shard key/],
    ['select * from video where id = ? limit ? offset ?', /OFFSET/],
    ['select * from video inner join upload on upload.video_id = video.id where video.id = ?', /upload is not/],
    ['select * from user inner join following on following.user_id = user.id where user.id = ?', /domains/],
    ['select * from user where id in (select target_id from following where user_id = ?)', /domains/],
    [
      'select * from work_count where user_id = ? and exists (select id from video where author_id = ?)',
      /video is not/,
    ],
    [
      'select favorite.* from (select ? as user_id, ? as video_id union all select ?, ?) as wanted inner join favorite on favorite.user_id = wanted.user_id and favorite.video_id = wanted.video_id',
      /favorite is not/,
    ],
    ['select * from favorite where (video_id, id) in ((?, ?))', /shard key/],
    ['select * from favorite where (user_id, video_id) not in ((?, ?))', /shard key/],
    ['select seq from inbox where user_id = ? union all select seq from inbox where seq = ?', /inbox is not/],
    ['select * from elsewhere where id = ?', /no domain/],
  ]
  for (const [statement, fault] of faulty)
    test(`refuses ${statement.slice(0, 60)}`, () => {
      assert.match(faultsOf(statement).join(), fault)
    })
})
