import { createIndex } from '../../../kit/database/create-index.ts'
import type { Migration } from '../../../kit/database/migrate.ts'

export const createMessage: Migration = {
  name: '0001-create-message',
  async up(db) {
    await db.schema
      .createTable('mailbox')
      .ifNotExists()
      .addColumn('user_id', 'bigint', (column) => column.notNull())
      .addColumn('peer_id', 'bigint', (column) => column.notNull())
      .addColumn('sent_at', 'bigint', (column) => column.notNull())
      .addColumn('id', 'bigint', (column) => column.notNull())
      .addColumn('from_me', 'integer', (column) => column.notNull())
      .addColumn('content', 'varchar(1000)', (column) => column.notNull())
      .addPrimaryKeyConstraint('mailbox_key', ['user_id', 'peer_id', 'sent_at'])
      .execute()
    await createIndex(db, 'mailbox', 'mailbox_by_id', ['user_id', 'id'])
    await db.schema
      .createTable('conversation')
      .ifNotExists()
      .addColumn('user_id', 'bigint', (column) => column.notNull())
      .addColumn('peer_id', 'bigint', (column) => column.notNull())
      .addColumn('last_sent_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('conversation_key', ['user_id', 'peer_id'])
      .execute()
    await createIndex(db, 'conversation', 'conversation_by_time', ['user_id', 'last_sent_at', 'peer_id'])
    await db.schema
      .createTable('inbox')
      .ifNotExists()
      .addColumn('user_id', 'bigint', (column) => column.notNull())
      .addColumn('seq', 'bigint', (column) => column.notNull())
      .addColumn('peer_id', 'bigint', (column) => column.notNull())
      .addColumn('sent_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('inbox_key', ['user_id', 'seq'])
      .execute()
    await db.schema
      .createTable('inbox_head')
      .ifNotExists()
      .addColumn('user_id', 'bigint', (column) => column.primaryKey())
      .addColumn('seq', 'bigint', (column) => column.notNull())
      .addColumn('epoch', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema
      .createTable('message_request')
      .ifNotExists()
      .addColumn('owner_id', 'bigint', (column) => column.notNull())
      .addColumn('client_id', 'varchar(64)', (column) => column.notNull())
      .addColumn('id', 'bigint', (column) => column.notNull())
      .addColumn('peer_id', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('message_request_key', ['owner_id', 'client_id'])
      .execute()
  },
}
