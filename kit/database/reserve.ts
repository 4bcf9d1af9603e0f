import { sql } from 'kysely'
import { compareKeys } from './compare-keys.ts'
import { type Database, hasRowLocks } from './database.ts'
import { rowsByKey } from './rows-by-key.ts'

/** Sequences that live in one table: a row for each, named by its primary key. */
export interface Sequences {
  readonly table: string
  /** The column that holds the last number taken. */
  readonly column: string
  /** The smallest number that may be taken now; one that rises with the clock makes numbers that are times. */
  readonly from: number
}

/** Consecutive numbers of one sequence. */
export interface Block {
  /** The primary key of the sequence's row. */
  readonly key: Readonly<Record<string, number>>
  /** How many numbers. None locks the sequence, and makes it if need be, to learn what comes next. */
  readonly size: number
  /** Further columns, for the case that the sequence begins with this block. */
  readonly onCreate?: Readonly<Record<string, number | string>>
}

type Taken = Readonly<Record<string, number>>

/**
 * Takes blocks of numbers, each beginning right after the last number of its sequence or at `from`, whichever is later.
 * The rows stay locked until the transaction ends: numbers become visible in their order, and a rollback gives them back.
 * The locks are taken in the order of the keys, whether the rows exist or not.
 *
 * @param blocks one for each sequence at most
 * @returns the first number of each block
 */
export async function reserve(
  tx: Database,
  { table, column, from }: Sequences,
  blocks: readonly Block[],
): Promise<number[]> {
  const [first] = blocks
  if (!first) return []
  const keys = Object.keys(first.key)
  const columns = [...keys, column, ...Object.keys(first.onCreate ?? {})]
  const rows = blocks
    .toSorted((a, b) => compareKeys(Object.values(a.key), Object.values(b.key)))
    .map(({ key, size, onCreate = {} }) => {
      const values: Record<string, number | string> = { ...key, ...onCreate, [column]: from + size - 1 }
      return sql`(${sql.join(columns.map((name) => values[name]))})`
    })
  const into = sql`insert into ${sql.table(table)} (${sql.join(columns.map((name) => sql.ref(name)))}) values ${sql.join(rows)}`
  const last = sql.ref(column)
  const wanted = [...keys, column]
  const taken = hasRowLocks(tx) ? await raiseAndRead() : await raise()
  const lastOf = new Map(taken.map((row) => [keys.map((name) => row[name]).join(' '), Number(row[column])]))
  return blocks.map(({ key, size }) => Number(lastOf.get(keys.map((name) => key[name]).join(' '))) - size + 1)

  async function raise() {
    const raised = sql<Taken>`
      ${into} on conflict do update set ${last} = max(${last} + excluded.${last} - ${from - 1}, excluded.${last})
      returning ${sql.join(wanted.map((name) => sql.ref(name)))}`
    return (await raised.execute(tx)).rows
  }

  /** By two statements, as MySQL has no `returning`. */
  async function raiseAndRead(): Promise<Taken[]> {
    const raised = sql`
      ${into} on duplicate key update ${last} = greatest(${last} + values(${last}) - ${from - 1}, values(${last}))`
    await raised.execute(tx)
    return rowsByKey<Taken>(
      tx,
      { table },
      blocks.map(({ key }) => key),
    )
  }
}
