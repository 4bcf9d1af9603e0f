import { type RawBuilder, sql } from 'kysely'

/**
 * Keys as a table to join with, to look several tables up by composite keys: `selectFrom(keyTable(keys).as('wanted'))`. For
 * one table there is `rowsByKey`, which a sharded database sends to the right shards, and which can lock.
 * Each becomes one look-up in an index, in the order given. Written with `or`, 400 keys took MariaDB 10.11 up to 100 ms,
 * because it compares all with all and may then scan another index; like this they take 2 ms.
 *
 * @param keys at least 1, at most 500, which is the number of parts that SQLite allows in a `union`
 */
export function keyTable<Key extends Record<Extract<keyof Key, string>, number | string>>(
  keys: readonly Key[],
): RawBuilder<Key> {
  const rows = keys.map((key, n) => {
    const values = Object.entries<number | string>(key)
    return sql`select ${sql.join(values.map(([name, value]) => (n === 0 ? sql`${value} as ${sql.ref(name)}` : value)))}`
  })
  return sql<Key>`(${sql.join(rows, sql` union all `)})`
}
