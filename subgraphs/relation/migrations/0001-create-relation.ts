import { createIndex } from '../../../kit/database/create-index.ts'
import type { Migration } from '../../../kit/database/migrate.ts'

const edges = [
  { table: 'following', other: 'target_id' },
  { table: 'follower', other: 'follower_id' },
] as const

export const createRelation: Migration = {
  name: '0001-create-relation',
  async up(db) {
    for (const { table, other } of edges) {
      await db.schema
        .createTable(table)
        .ifNotExists()
        .addColumn('user_id', 'bigint', (column) => column.notNull())
        .addColumn(other, 'bigint', (column) => column.notNull())
        .addColumn('id', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint(`${table}_key`, ['user_id', other])
        .execute()
      await createIndex(db, table, `${table}_by_time`, ['user_id', 'id'])
    }
    await db.schema
      .createTable('follow_count')
      .ifNotExists()
      .addColumn('user_id', 'bigint', (column) => column.primaryKey())
      .addColumn('count', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema
      .createTable('follower_count')
      .ifNotExists()
      .addColumn('user_id', 'bigint', (column) => column.notNull())
      .addColumn('slot', 'integer', (column) => column.notNull())
      .addColumn('count', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('follower_count_key', ['user_id', 'slot'])
      .execute()
  },
}
