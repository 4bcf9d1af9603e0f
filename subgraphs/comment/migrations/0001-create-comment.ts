import { createIndex } from '../../../kit/database/create-index.ts'
import type { Migration } from '../../../kit/database/migrate.ts'

export const createComment: Migration = {
  name: '0001-create-comment',
  async up(db) {
    await db.schema
      .createTable('comment')
      .ifNotExists()
      .addColumn('video_id', 'bigint', (column) => column.notNull())
      .addColumn('id', 'bigint', (column) => column.notNull())
      .addColumn('author_id', 'bigint', (column) => column.notNull())
      .addColumn('text', 'varchar(1000)', (column) => column.notNull())
      .addPrimaryKeyConstraint('comment_key', ['video_id', 'id'])
      .execute()
    // Does not begin with the shard key: a sharded database keeps it as a global secondary index.
    await createIndex(db, 'comment', 'comment_by_id', ['id'])
    await db.schema
      .createTable('comment_count_of_video')
      .ifNotExists()
      .addColumn('video_id', 'bigint', (column) => column.notNull())
      .addColumn('slot', 'integer', (column) => column.notNull())
      .addColumn('count', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('comment_count_of_video_key', ['video_id', 'slot'])
      .execute()
    await db.schema
      .createTable('comment_request')
      .ifNotExists()
      .addColumn('owner_id', 'bigint', (column) => column.notNull())
      .addColumn('client_id', 'varchar(64)', (column) => column.notNull())
      .addColumn('id', 'bigint', (column) => column.notNull())
      .addColumn('video_id', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('comment_request_key', ['owner_id', 'client_id'])
      .execute()
    await db.schema
      .createTable('comment_deletion')
      .ifNotExists()
      .addColumn('video_id', 'bigint', (column) => column.notNull())
      .addColumn('id', 'bigint', (column) => column.notNull())
      .addColumn('author_id', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('comment_deletion_key', ['video_id', 'id'])
      .execute()
    await db.schema
      .createTable('comment_deleted_video')
      .ifNotExists()
      .addColumn('video_id', 'bigint', (column) => column.primaryKey())
      .execute()
  },
}
