import { sql } from 'kysely'
import { type Database, hasRowLocks } from './database.ts'

/** Creates an index unless it is there. MySQL, unlike MariaDB and SQLite, has no `create index if not exists`. */
export async function createIndex(db: Database, table: string, name: string, columns: string[]): Promise<void> {
  if (!hasRowLocks(db)) {
    await db.schema.createIndex(name).ifNotExists().on(table).columns(columns).execute()
    return
  }
  const { rows } = await sql`
    select 1 from information_schema.statistics
    where table_schema = database() and table_name = ${table} and index_name = ${name} limit 1`.execute(db)
  if (rows.length === 0) await db.schema.createIndex(name).on(table).columns(columns).execute()
}
