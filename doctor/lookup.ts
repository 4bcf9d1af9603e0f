import { chunks, inKeyOrder } from '../kit/batch.ts'
import type { Database } from '../kit/database/database.ts'
import { rowsByKey } from '../kit/database/rows-by-key.ts'
import type { Row } from './keyset.ts'

/** MariaDB makes a table of lists that have a thousand values. */
const keysAtOnce = 300

/**
 * What a table holds for each of these primary keys, in their order. It may have changed since the keys were read: what
 * looks wrong is only suspected, and asked for again by one statement. That one joins, for which Vitess asks row by row,
 * so it is not for everything.
 */
export async function rowsOf<Found = Row>(
  db: Database,
  table: string,
  keys: readonly Row[],
): Promise<(Found | undefined)[]> {
  const names = Object.keys(keys[0] ?? {})
  const nameOf = (row: Row) => names.map((name) => row[name]).join(' ')
  const found: Row[] = []
  for (const some of chunks(keys, keysAtOnce)) found.push(...(await rowsByKey<Row>(db, { table }, some)))
  return inKeyOrder(keys.map(nameOf), found, nameOf, (row) => row as Found, undefined) // rows of that table
}
