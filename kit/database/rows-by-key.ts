import { sql } from 'kysely'
import { type Database, hasRowLocks } from './database.ts'

export interface ByKey {
  readonly table: string
  /** The index whose columns the keys have: of all that begin with these columns the engine would choose by its guess. */
  readonly index?: string
  /** Locks the rows until the transaction ends; SQLite has one writer anyway. */
  readonly lock?: boolean
}

/**
 * Those rows of a table that have one of these composite keys, in no order. Each key is one look-up in the index, and only
 * the shards that hold one are asked. Written with `or`, or without the index's name, 400 keys took MariaDB 10.11 up to
 * 150 ms, and it may scan a small table and wait for every lock in it; like this they take 2 ms. Joined with a table of keys
 * written into the statement, Vitess asks every shard, and locks nothing.
 *
 * @param keys with the columns of the index in its order, the shard key first
 */
export async function rowsByKey<Row>(
  db: Database,
  { table, index = 'primary', lock = false }: ByKey,
  keys: readonly Readonly<Record<string, number | string>>[],
): Promise<Row[]> {
  const [first] = keys
  if (!first) return []
  const names = Object.keys(first)
  const columns = sql.join(names.map((name) => sql.ref(name)))
  const list = sql.join(keys.map((key) => sql`(${sql.join(names.map((name) => key[name]))})`))
  const query = hasRowLocks(db)
    ? sql<Row>`select * from ${sql.table(table)} force index (${sql.id(index)}) where (${columns}) in (${list})`
    : sql<Row>`select * from ${sql.table(table)} where (${columns}) in (values ${list})`
  return (await (lock && hasRowLocks(db) ? sql<Row>`${query} for update` : query).execute(db)).rows
}
