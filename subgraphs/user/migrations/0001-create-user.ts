import { type RawBuilder, sql } from 'kysely'
import { hasRowLocks } from '../../../kit/database/database.ts'
import type { Migration } from '../../../kit/database/migrate.ts'

export const createUser: Migration = {
  name: '0001-create-user',
  async up(db) {
    // Said for the column, because an operator's own database may compare without regard to case.
    const name: RawBuilder<unknown> = hasRowLocks(db)
      ? sql`varchar(32) character set utf8mb4 collate utf8mb4_bin`
      : sql`varchar(32)`
    await db.schema
      .createTable('user')
      .ifNotExists()
      .addColumn('id', 'bigint', (column) => column.primaryKey())
      .addColumn('name', name, (column) => column.notNull())
      .addColumn('password_hash', 'varchar(200)', (column) => column.notNull())
      .addColumn('session_version', 'integer', (column) => column.notNull())
      .addColumn('avatar', 'varchar(500)', (column) => column.notNull())
      .addColumn('background', 'varchar(500)', (column) => column.notNull())
      .addColumn('signature', 'varchar(200)', (column) => column.notNull())
      .execute()
    await db.schema
      .createTable('user_name')
      .ifNotExists()
      .addColumn('name', name, (column) => column.notNull())
      .addColumn('user_id', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('user_name_key', ['name'])
      .execute()
  },
}
