import { sql } from 'kysely'
import { addToCounters } from '../../kit/database/counter.ts'
import { type Database, hasRowLocks } from '../../kit/database/database.ts'
import { inTransaction } from '../../kit/database/transaction.ts'
import type { Check, Report, World } from '../check.ts'
import { countsOf, talliesOf } from '../counting.ts'
import { groupsOf, type Row, sideBySide } from '../keyset.ts'
import { dropCached } from './cached.ts'

interface Counter {
  readonly name: string
  /** What is counted: rows of a table by one of its columns. */
  readonly of: string
  readonly by: string
  /** The table's key, where no index begins with that column. */
  readonly along?: readonly string[]
  readonly table: string
  readonly key: string
  readonly slotted: boolean
}

const counters: readonly Counter[] = [
  {
    ...{ name: 'works of a user', of: 'video', by: 'author_id' },
    ...{ table: 'work_count', key: 'user_id', slotted: false },
  },
  {
    ...{ name: 'likes of a video', of: 'favorite', by: 'video_id' },
    ...{ table: 'favorite_count_of_video', key: 'video_id', slotted: true },
  },
  {
    ...{ name: 'likes by a user', of: 'favorite', by: 'user_id' },
    ...{ table: 'favorite_count_of_user', key: 'user_id', slotted: false },
  },
  {
    ...{ name: 'likes that an author got', of: 'favorite', by: 'author_id', along: ['user_id', 'video_id'] },
    ...{ table: 'favorite_count_of_author', key: 'author_id', slotted: true },
  },
  {
    ...{ name: 'comments on a video', of: 'comment', by: 'video_id' },
    ...{ table: 'comment_count_of_video', key: 'video_id', slotted: true },
  },
  {
    ...{ name: 'whom a user follows', of: 'following', by: 'user_id' },
    ...{ table: 'follow_count', key: 'user_id', slotted: false },
  },
  {
    ...{ name: 'followers of a user', of: 'follower', by: 'user_id' },
    ...{ table: 'follower_count', key: 'user_id', slotted: true },
  },
]

/** Each counter equals the number of rows that it counts. */
export const counterChecks: readonly Check[] = counters.map((counter) => ({
  name: `counter: ${counter.name}`,
  run: (world, report) => recount(counter, world, report),
}))

const confirmedAtOnce = 200

async function recount(counter: Counter, world: World, report: Report): Promise<void> {
  const { db } = world
  const { of, by, along, table, key } = counter
  const rows = along ? talliesOf(db, of, by, along) : countsOf(db, of, by)
  const counts = groupsOf(db, { table, key: [key], aggregates: sql`sum(count) as n` }, 1_000)
  let suspects: number[] = []
  for await (const { left, right } of sideBySide(renamed(rows, counter), counts, [key])) {
    report.looked(1)
    if (Number(left?.['n'] ?? 0) !== Number(right?.['n'] ?? 0)) suspects.push(Number((left ?? right)?.[key]))
    if (suspects.length < confirmedAtOnce) continue
    await confirm(counter, world, report, suspects)
    suspects = []
  }
  await confirm(counter, world, report, suspects)
}

async function* renamed(rows: AsyncGenerator<Row, void>, { by, key }: Counter): AsyncGenerator<Row, void> {
  for await (const row of rows) yield { [key]: row[by] as number, n: row['n'] as number } // as selected
}

async function confirm(counter: Counter, world: World, report: Report, keys: readonly number[]): Promise<void> {
  for (const { key, rows, counted } of await drift(counter, world.db, keys))
    await report.finding(`${counter.table} of ${key} says ${counted}, there are ${rows}`, async () => {
      await repair(counter, world.db, key)
      await dropCached(world, counter.key === 'video_id' ? 'video' : 'user', key)
    })
}

/** By one statement, and so as of one moment: rows and counters move together, so what differs here is really wrong. */
async function drift({ of, by, table, key }: Counter, db: Database, keys: readonly number[]) {
  if (keys.length === 0) return []
  const list = sql.join(keys)
  const { rows } = await sql<{ id: number; found: number; counted: number }>`
    select id, sum(found) as found, sum(counted) as counted from (
      select ${sql.ref(by)} as id, count(*) as found, 0 as counted from ${sql.table(of)}
      where ${sql.ref(by)} in (${list}) group by ${sql.ref(by)}
      union all
      select ${sql.ref(key)} as id, 0 as found, sum(count) as counted from ${sql.table(table)}
      where ${sql.ref(key)} in (${list}) group by ${sql.ref(key)}) as sides
    group by id having sum(found) <> sum(counted)`.execute(db)
  return rows.map(({ id, found, counted }) => ({ key: id, rows: Number(found), counted: Number(counted) }))
}

/** Adds what is missing: whoever counts meanwhile adds too, so nothing of it is lost. */
async function repair(counter: Counter, db: Database, key: number): Promise<void> {
  const row = { [counter.key]: key, ...(counter.slotted && { slot: 0 }) }
  await inTransaction(db, async (tx) => {
    await tx
      .insertInto(counter.table)
      .ignore()
      .values({ ...row, count: 0 })
      .execute()
    // Another doctor waits here, and then finds nothing to add.
    await tx
      .selectFrom(counter.table)
      .select('count')
      .where(counter.key, '=', key)
      .$if(hasRowLocks(tx), (query) => query.forUpdate())
      .execute()
    for (const { rows, counted } of await drift(counter, tx, [key]))
      await addToCounters(tx, counter.table, [{ key: row, by: rows - counted }])
  })
}
