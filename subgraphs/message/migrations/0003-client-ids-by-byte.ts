import { comparedByByte } from '../../../kit/database/compared-by-byte.ts'
import type { Migration } from '../../../kit/database/migrate.ts'

export const clientIdsByByte: Migration = {
  name: '0003-client-ids-by-byte',
  up: (db) => comparedByByte(db, 'message_request', 'client_id', 64),
}
