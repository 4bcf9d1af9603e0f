import { sql } from 'kysely'
import { inKeyOrder } from '../batch.ts'
import { compareKeys } from './compare-keys.ts'
import { type Database, hasRowLocks } from './database.ts'

/**
 * Adds to counters, making those that are missing. One statement, sorted by key, so that two transactions take their row
 * locks in the same order.
 *
 * @param table has the columns of `key` as its primary key, and `count`
 * @param changes the amount to add, for each key; zero changes are left out
 */
export async function addToCounters<Key extends Record<string, number>>(
  db: Database,
  table: string,
  changes: readonly { readonly key: Key; readonly by: number }[],
): Promise<void> {
  const moved = changes
    .filter(({ by }) => by !== 0)
    .sort((a, b) => compareKeys(Object.values(a.key), Object.values(b.key)))
  const [first] = moved
  if (!first) return
  const columns = Object.keys(first.key)
  const rows = moved.map(({ key, by }) => sql`(${sql.join([...columns.map((column) => key[column]), by])})`)
  const into = sql`insert into ${sql.table(table)} (${sql.join([...columns, 'count'].map((column) => sql.ref(column)))}) values ${sql.join(rows)}`
  await (hasRowLocks(db)
    ? sql`${into} on duplicate key update count = count + values(count)`
    : sql`${into} on conflict do update set count = count + excluded.count`
  ).execute(db)
}

/**
 * Counts in the order of the keys, 0 where nothing was counted.
 *
 * @param table has `column` first in its primary key, and `count`; a counter may be spread over several rows
 */
export async function readCounters(
  db: Database,
  table: string,
  column: string,
  keys: readonly number[],
): Promise<number[]> {
  const rows = await db
    .selectFrom(table)
    .select(({ fn }) => [column, fn.sum<number>('count').as('count')])
    .where(column, 'in', keys)
    .groupBy(column)
    .execute()
  return inKeyOrder(
    keys,
    rows,
    (row) => Number(row[column]),
    (row) => Number(row['count']),
    0,
  )
}

/** Sums changes that fall on the same key. */
export function tally(keys: Iterable<readonly [key: number, by: number]>): Map<number, number> {
  const sums = new Map<number, number>()
  for (const [key, by] of keys) sums.set(key, (sums.get(key) ?? 0) + by)
  return sums
}
