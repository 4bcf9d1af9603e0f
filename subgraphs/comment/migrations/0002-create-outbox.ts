import type { Migration } from '../../../kit/database/migrate.ts'
import { createOutbox } from '../../../kit/outbox.ts'
import { noticeTable } from '../notices.ts'

export const createCommentOutbox: Migration = {
  name: '0002-create-outbox',
  up: (db) => createOutbox(db, noticeTable),
}
