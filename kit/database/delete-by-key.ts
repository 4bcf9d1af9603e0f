import type { ExpressionBuilder } from 'kysely'
import { chunks } from '../batch.ts'
import type { Database } from './database.ts'

type Key = Readonly<Record<string, number | string>>

/** MariaDB compares the alternatives of an `or` with each other: 200 take ten times as long as four times 50. */
export const keysAtOnce = 50

/**
 * Deletes those rows of a table that have one of these composite keys, in the order given. Unlike a read, a deletion can't
 * name its index, without which only alternatives are looked up one by one.
 *
 * @param keys with columns of the primary key, the shard key first
 */
export async function deleteByKey(db: Database, table: string, keys: readonly Key[]): Promise<void> {
  for (const some of chunks(keys, keysAtOnce)) await db.deleteFrom(table).where(isOneOf(some)).execute()
}

/** @param keys at most {@link keysAtOnce} */
export const isOneOf = (keys: readonly Key[]) => (eb: ExpressionBuilder<Record<string, Key>, string>) =>
  eb.or(keys.map((key) => eb.and(key)))
