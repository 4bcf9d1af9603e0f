import { createIndex } from '../../../kit/database/create-index.ts'
import type { Migration } from '../../../kit/database/migrate.ts'

export const createNotification: Migration = {
  name: '0002-create-notification',
  async up(db) {
    await db.schema
      .createTable('notification')
      .ifNotExists()
      .addColumn('user_id', 'bigint', (column) => column.notNull())
      .addColumn('seq', 'bigint', (column) => column.notNull())
      .addColumn('id', 'bigint', (column) => column.notNull())
      .addColumn('kind', 'varchar(16)', (column) => column.notNull())
      .addColumn('actor_id', 'bigint', (column) => column.notNull())
      .addColumn('video_id', 'bigint', (column) => column.notNull())
      .addColumn('subject_id', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('notification_key', ['user_id', 'seq'])
      .execute()
    await createIndex(db, 'notification', 'notification_by_subject', ['user_id', 'kind', 'subject_id', 'actor_id'])
    await db.schema
      .createTable('notification_head')
      .ifNotExists()
      .addColumn('user_id', 'bigint', (column) => column.primaryKey())
      .addColumn('seq', 'bigint', (column) => column.notNull())
      .addColumn('epoch', 'bigint', (column) => column.notNull())
      .execute()
  },
}
