import { sql } from 'kysely'
import type { Database } from '../kit/database/database.ts'
import { chunksOf, type Row } from './keyset.ts'

/** Rows in one answer: a shard of Vitess refuses to give more. */
const mostRows = 10_000

/** The values of a column, each once and some at a time, along the index that begins with it. */
export async function* valuesOf(
  db: Database,
  table: string,
  column: string,
  size = mostRows,
): AsyncGenerator<number[], void> {
  for (let last: number | undefined; ; ) {
    const rows: Row[] = await db
      .selectFrom(table)
      .select(column)
      .$if(last !== undefined, (query) => query.where(column, '>', last))
      .orderBy(column)
      .limit(size)
      .execute()
    const values = [...new Set(rows.map((row) => Number(row[column])))]
    if (values.length > 0) yield values
    if (rows.length < size) return
    last = values.at(-1)
  }
}

/**
 * How many rows there are with each value of a column that an index begins with, in its order. Of groups that are spread
 * over shards, Vitess fetches all to find the first few of them: so it is asked only for those in a range that is known.
 */
export async function* countsOf(db: Database, table: string, column: string, size?: number): AsyncGenerator<Row, void> {
  const by = sql.ref(column)
  for await (const values of valuesOf(db, table, column, size)) {
    const { rows } = await sql<Row>`
      select ${by}, count(*) as n from ${sql.table(table)} where ${by} between ${values[0]} and ${values.at(-1)}
      group by ${by} order by ${by}`.execute(db)
    yield* rows
  }
}

/**
 * The same for a column that no index begins with: counted here while the whole table goes by, again and again if there are
 * more values than fit into memory.
 *
 * @param key of the table
 * @param most values that do
 */
export async function* talliesOf(
  db: Database,
  table: string,
  column: string,
  key: readonly string[],
  most = 1_000_000,
): AsyncGenerator<Row, void> {
  for (let after = Number.NEGATIVE_INFINITY; after < Infinity; ) {
    let until = Infinity
    const counts = new Map<number, number>()
    for await (const rows of chunksOf(db, table, key, mostRows)) {
      for (const row of rows) {
        const value = Number(row[column])
        if (value > after && value <= until) counts.set(value, (counts.get(value) ?? 0) + 1)
      }
      if (counts.size <= most) continue
      const values = inOrder(counts).map(([value]) => value) // the larger half is for another walk
      until = values[most >> 1] ?? until
      for (const value of values) if (value > until) counts.delete(value)
    }
    for (const [value, n] of inOrder(counts)) yield { [column]: value, n }
    after = until
  }
}

const inOrder = (counts: ReadonlyMap<number, number>) => [...counts].sort(([a], [b]) => a - b)
