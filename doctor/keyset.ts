import { type RawBuilder, sql } from 'kysely'
import { type Database, hasRowLocks } from '../kit/database/database.ts'

export type Row = Readonly<Record<string, number | string>>

export const chunkSize = 500

/** The rows of a table in the order of its key, a chunk at a time, so that memory does not grow with the table. */
export async function* chunksOf(
  db: Database,
  table: string,
  key: readonly string[],
  size = chunkSize,
): AsyncGenerator<Row[], void> {
  let last: Row | undefined
  for (;;) {
    const rows: Row[] = await db
      .selectFrom(table)
      .selectAll()
      .$if(last !== undefined, (query) => query.where(isAfter(db, key, last as Row))) // checked by the condition
      .orderBy(sql.join(key.map((column) => sql.ref(column))))
      .limit(size)
      .execute()
    if (rows.length > 0) yield rows
    if (rows.length < size) return
    last = rows.at(-1)
  }
}

/** Groups of a table's rows by a key, in its order. */
export async function* groupsOf(
  db: Database,
  { table, key, where, aggregates }: Grouping,
  size = chunkSize,
): AsyncGenerator<Row, void> {
  let last: Row | undefined
  for (;;) {
    const columns = sql.join(key.map((column) => sql.ref(column)))
    const after = last ? isAfter(db, key, last) : sql<boolean>`1 = 1`
    const { rows } = await sql<Row>`
      select ${columns}, ${aggregates} from ${sql.table(table)} where ${after} and ${where ?? sql`1 = 1`}
      group by ${columns} order by ${columns} limit ${size}`.execute(db)
    yield* rows
    if (rows.length < size) return
    last = rows.at(-1)
  }
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

/** In the form that the engine turns into one walk along the index: for SQLite a row value, for the others alternatives. */
function isAfter(db: Database, key: readonly string[], last: Row): RawBuilder<boolean> {
  const columns = key.map((column) => sql.ref(column))
  const values = key.map((column) => last[column])
  if (!hasRowLocks(db)) return sql`(${sql.join(columns)}) > (${sql.join(values)})`
  const alternatives = key.map((_, n) => {
    const equal = columns.slice(0, n).map((column, m) => sql`${column} = ${values[m]}`)
    return sql`(${sql.join([...equal, sql`${columns[n]} > ${values[n]}`], sql` and `)})`
  })
  return sql`(${sql.join(alternatives, sql` or `)})`
}
