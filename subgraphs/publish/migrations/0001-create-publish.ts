import { createIndex } from '../../../kit/database/create-index.ts'
import type { Migration } from '../../../kit/database/migrate.ts'

export const createPublish: Migration = {
  name: '0001-create-publish',
  async up(db) {
    await db.schema
      .createTable('video')
      .ifNotExists()
      .addColumn('id', 'bigint', (column) => column.primaryKey())
      .addColumn('author_id', 'bigint', (column) => column.notNull())
      .addColumn('title', 'varchar(200)', (column) => column.notNull())
      .addColumn('file_key', 'varchar(128)', (column) => column.notNull())
      .addColumn('cover_key', 'varchar(128)', (column) => column.notNull())
      .addColumn('duration_ms', 'bigint', (column) => column.notNull())
      .addColumn('width', 'integer', (column) => column.notNull())
      .addColumn('height', 'integer', (column) => column.notNull())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .execute()
    await createIndex(db, 'video', 'video_by_author', ['author_id', 'id'])
    await db.schema
      .createTable('upload')
      .ifNotExists()
      .addColumn('user_id', 'bigint', (column) => column.notNull())
      .addColumn('upload_id', 'varchar(64)', (column) => column.notNull())
      .addColumn('video_id', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('upload_key', ['user_id', 'upload_id'])
      .execute()
    await createIndex(db, 'upload', 'upload_by_video', ['user_id', 'video_id'])
    await db.schema
      .createTable('work_count')
      .ifNotExists()
      .addColumn('user_id', 'bigint', (column) => column.primaryKey())
      .addColumn('count', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema
      .createTable('video_deletion')
      .ifNotExists()
      .addColumn('video_id', 'bigint', (column) => column.primaryKey())
      .addColumn('author_id', 'bigint', (column) => column.notNull())
      .addColumn('file_key', 'varchar(128)', (column) => column.notNull())
      .addColumn('cover_key', 'varchar(128)', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('retry_at', 'bigint', (column) => column.notNull())
      .execute()
    await createIndex(db, 'video_deletion', 'video_deletion_by_retry', ['retry_at'])
  },
}
