import { sql } from 'kysely'
import { type Database, hasRowLocks } from './database.ts'

/**
 * Says for a column of text, none of which is null, that only equal bytes are equal: an operator's own database may compare
 * without regard to case. SQLite always compares so. May be repeated.
 * @param length in characters, as it is
 */
export async function comparedByByte(db: Database, table: string, column: string, length: number): Promise<void> {
  if (!hasRowLocks(db)) return
  const type = sql`varchar(${sql.lit(length)}) character set utf8mb4 collate utf8mb4_bin`
  await db.schema
    .alterTable(table)
    .modifyColumn(column, type, (definition) => definition.notNull())
    .execute()
}
