import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../kit/database/database.ts'

export type Row = Readonly<Record<string, number | string>>

export const chunkSize = 500

/** The rows of a table in the order of its key, a chunk at a time, so that memory does not grow with the table. */
export function chunksOf(
  db: Database,
  table: string,
  key: readonly string[],
  size = chunkSize,
): AsyncGenerator<Row[], void> {
  const columns = columnsOf(key)
  return pages(key, size, (after, limit) =>
    sql<Row>`select * from ${sql.table(table)} where ${after} order by ${columns} limit ${limit}`.execute(db),
  )
}

/** Groups of a table's rows by a key that begins with the shard key, in its order: each shard has whole groups. */
export async function* groupsOf(
  db: Database,
  { table, key, where = always, aggregates }: Grouping,
  size = chunkSize,
): AsyncGenerator<Row, void> {
  const columns = columnsOf(key)
  const read: Read = (after, limit) =>
    sql<Row>`
      select ${columns}, ${aggregates} from ${sql.table(table)} where ${after} and ${where}
      group by ${columns} order by ${columns} limit ${limit}`.execute(db)
  for await (const groups of pages(key, size, read)) yield* groups
}

export interface Grouping {
  readonly table: string
  readonly key: readonly string[]
  readonly where?: RawBuilder<boolean>
  /** What is told of each group, such as `count(*) as n`. */
  readonly aggregates: RawBuilder<unknown>
}

/** Two sequences in the order of the same key, side by side. */
export async function* sideBySide(
  left: AsyncGenerator<Row, void>,
  right: AsyncGenerator<Row, void>,
  key: readonly string[],
): AsyncGenerator<{ readonly left: Row | undefined; readonly right: Row | undefined }, void> {
  let [l, r] = [await left.next(), await right.next()]
  while (!l.done || !r.done) {
    const order = l.done ? 1 : r.done ? -1 : compare(key, l.value, r.value)
    yield { left: order <= 0 ? (l.value as Row) : undefined, right: order >= 0 ? (r.value as Row) : undefined } // not done
    if (order <= 0) l = await left.next()
    if (order >= 0) r = await right.next()
  }
}

function compare(key: readonly string[], a: Row, b: Row): number {
  for (const column of key) if (a[column] !== b[column]) return Number(a[column]) - Number(b[column])
  return 0
}

const always = sql<boolean>`1 = 1`

const columnsOf = (key: readonly string[]) => sql.join(key.map((column) => sql.ref(column)))

type Read = (after: RawBuilder<boolean>, limit: number) => Promise<{ readonly rows: Row[] }>

async function* pages(key: readonly string[], size: number, read: Read): AsyncGenerator<Row[], void> {
  let last: Row | undefined
  for (;;) {
    const found: Row[] = []
    for (const after of last ? stepsAfter(key, last) : [always]) {
      found.push(...(await read(after, size - found.length)).rows)
      if (found.length === size) break
    }
    if (found.length > 0) yield found
    if (found.length < size) return
    last = found.at(-1)
  }
}

/**
 * What follows a row: first those that differ in the last column of the key only, then in the one before it, and so on.
 * Each is one walk along the index. As one condition some engine takes them for something else: for SQLite it would have to
 * be a row value, for MariaDB alternatives, and Vitess writes those anew, so that MariaDB begins with all of the same owner.
 */
function stepsAfter(key: readonly string[], last: Row): RawBuilder<boolean>[] {
  return key
    .map((column, n) => {
      const same = key.slice(0, n).map((former) => sql`${sql.ref(former)} = ${last[former]}`)
      return sql<boolean>`${sql.join([...same, sql`${sql.ref(column)} > ${last[column]}`], sql` and `)}`
    })
    .reverse()
}
