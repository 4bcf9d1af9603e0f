import type { Database } from './database.ts'

export type Entry = {
  readonly a: number
  readonly b: string
}

/** A table with a key of two columns, and so many rows in it, of which each 30th has the same `a`. */
export async function createEntries(db: Database, count: number): Promise<Entry[]> {
  await db.schema
    .createTable('entry')
    .addColumn('a', 'bigint')
    .addColumn('b', 'varchar(20)')
    .addPrimaryKeyConstraint('entry_key', ['a', 'b'])
    .execute()
  const rows = Array.from({ length: count }, (_, n) => ({ a: n % 30, b: `b${n}` }))
  await db.insertInto('entry').values(rows).execute()
  return rows
}
