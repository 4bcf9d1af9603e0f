import { createIndex } from '../../../kit/database/create-index.ts'
import type { Migration } from '../../../kit/database/migrate.ts'

export const createFavorite: Migration = {
  name: '0001-create-favorite',
  async up(db) {
    await db.schema
      .createTable('favorite')
      .ifNotExists()
      .addColumn('user_id', 'bigint', (column) => column.notNull())
      .addColumn('video_id', 'bigint', (column) => column.notNull())
      .addColumn('author_id', 'bigint', (column) => column.notNull())
      .addColumn('id', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('favorite_key', ['user_id', 'video_id'])
      .execute()
    await createIndex(db, 'favorite', 'favorite_by_user', ['user_id', 'id'])
    await createIndex(db, 'favorite', 'favorite_by_video', ['video_id', 'user_id'])
    for (const counted of ['video', 'author'])
      await db.schema
        .createTable(`favorite_count_of_${counted}`)
        .ifNotExists()
        .addColumn(`${counted}_id`, 'bigint', (column) => column.notNull())
        .addColumn('slot', 'integer', (column) => column.notNull())
        .addColumn('count', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint(`favorite_count_of_${counted}_key`, [`${counted}_id`, 'slot'])
        .execute()
    await db.schema
      .createTable('favorite_count_of_user')
      .ifNotExists()
      .addColumn('user_id', 'bigint', (column) => column.primaryKey())
      .addColumn('count', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema
      .createTable('favorite_deleted_video')
      .ifNotExists()
      .addColumn('video_id', 'bigint', (column) => column.primaryKey())
      .execute()
  },
}
