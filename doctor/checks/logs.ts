import { sql } from 'kysely'
import type { Check, World } from '../check.ts'
import { groupsOf, sideBySide } from '../keyset.ts'

interface Log {
  readonly name: string
  readonly entries: string
  readonly head: string
}

const key = ['user_id'] as const

/** The numbers of every user's log go from 1 to its end, and none is missing. */
export const logChecks: readonly Check[] = [
  { name: 'inboxes', entries: 'inbox', head: 'inbox_head' },
  { name: 'notifications', entries: 'notification', head: 'notification_head' },
].map((log) => ({
  name: `${log.name} are numbered without gaps`,
  async run(world, report) {
    const aggregates = sql`count(*) as n, min(seq) as first, max(seq) as last`
    const entries = groupsOf(world.db, { table: log.entries, key, aggregates })
    const heads = groupsOf(world.db, { table: log.head, key, aggregates: sql`max(seq) as last` })
    for await (const { left, right } of sideBySide(entries, heads, key)) {
      report.looked(Number(left?.['n'] ?? 0))
      if (isWhole(left?.['n'], left?.['first'], left?.['last'], right?.['last'])) continue
      const userId = Number((left ?? right)?.['user_id'])
      const { n, first, last, head } = await ofUser(world, log, userId)
      if (isWhole(n, first, last, head)) continue
      const text = `${log.entries} of ${userId}: ${n} numbers from ${first} to ${last}, its end is ${head}`
      // A missing number was lost with its entry, and the name of the log with its end: nothing brings those back.
      const behind = head !== null && last !== null && head < last && isWhole(n, first, last, last)
      await (behind ? report.finding(text, () => raise(world, log, userId, last)) : report.finding(text))
    }
  },
}))

type Value = number | string | null | undefined

function isWhole(n: Value, first: Value, last: Value, head: Value): boolean {
  if (!n) return (head ?? 0) === 0
  return first === 1 && n === last && last === head
}

/** As of one moment. */
async function ofUser({ db }: World, { entries, head }: Log, userId: number) {
  const { rows } = await sql<{ n: number; first: number | null; last: number | null; head: number | null }>`
    select count(*) as n, min(seq) as first, max(seq) as last,
      (select seq from ${sql.table(head)} where user_id = ${userId}) as head
    from ${sql.table(entries)} where user_id = ${userId}`.execute(db)
  return rows[0] ?? { n: 0, first: null, last: null, head: null }
}

/** Else the next entry would get a number that is taken. */
async function raise({ db }: World, { head }: Log, userId: number, last: number): Promise<void> {
  await db.updateTable(head).set({ seq: last }).where('user_id', '=', userId).where('seq', '<', last).execute()
}
