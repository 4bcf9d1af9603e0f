import { sql } from 'kysely'
import type { Check, World } from '../check.ts'
import { chunksOf, groupsOf } from '../keyset.ts'

const usersAtOnce = 100

/** Inboxes hold what was received, all of it and nothing else, and of each sender in the order of sending. */
export const inboxContents: Check = {
  name: 'inboxes hold what was received, in its order',
  async run(world, report) {
    const inspect = async (userIds: readonly number[]) => {
      if (userIds.length === 0) return
      for (const { user_id, peer_id, sent_at } of await undelivered(world, userIds))
        await report.finding(`the message of ${peer_id} to ${user_id} at ${sent_at} is not in the inbox`)
      for (const { user_id, seq } of await dangling(world, userIds))
        await report.finding(`number ${seq} in the inbox of ${user_id} is of a message that does not exist`)
    }
    const received = sql<boolean>`from_me = 0`
    let userIds: number[] = []
    for await (const row of groupsOf(world.db, {
      ...{ table: 'mailbox', key: ['user_id'], where: received, aggregates: sql`count(*) as n` },
    })) {
      report.looked(Number(row['n']))
      userIds.push(Number(row['user_id']))
      if (userIds.length < usersAtOnce) continue
      await inspect(userIds)
      userIds = []
    }
    await inspect(userIds)
    for await (const { user_id, seq, peer_id } of unordered(world))
      await report.finding(`number ${seq} in the inbox of ${user_id} is older than what ${peer_id} sent before it`)
  },
}

const mostListed = 100

interface Entry {
  readonly user_id: number
  readonly seq: number
  readonly peer_id: number
  readonly sent_at: number
}

const joined = sql`inbox.user_id = mailbox.user_id and inbox.peer_id = mailbox.peer_id and inbox.sent_at = mailbox.sent_at`

/** No index goes by peer, so what is in the inbox is grouped: that makes it a table of its own, with an index. */
async function undelivered({ db }: World, userIds: readonly number[]): Promise<Omit<Entry, 'seq'>[]> {
  const { rows } = await sql<Entry>`
    select mailbox.user_id as user_id, mailbox.peer_id as peer_id, mailbox.sent_at as sent_at
    from mailbox left join (
      select user_id, peer_id, sent_at, count(*) as n from inbox where user_id in (${sql.join(userIds)})
      group by user_id, peer_id, sent_at) as inbox on ${joined}
    where mailbox.user_id in (${sql.join(userIds)}) and mailbox.from_me = 0 and inbox.n is null
    limit ${mostListed}`.execute(db)
  return rows
}

async function dangling({ db }: World, userIds: readonly number[]): Promise<Entry[]> {
  const { rows } = await sql<Entry>`
    select inbox.user_id as user_id, inbox.seq as seq, inbox.peer_id as peer_id, inbox.sent_at as sent_at
    from inbox left join mailbox on ${joined} and mailbox.from_me = 0
    where inbox.user_id in (${sql.join(userIds)}) and mailbox.id is null limit ${mostListed}`.execute(db)
  return rows
}

/**
 * Compared here: Vitess moves a filter by a window function to where the database allows none. Memory grows with the people
 * who wrote to one user, not with what they wrote; and entries never change, so it does not matter when each was read.
 */
async function* unordered({ db }: World): AsyncGenerator<Entry, void> {
  let owner: number | undefined
  const latest = new Map<number, number>() // of each peer, in the inbox of `owner`
  for await (const rows of chunksOf(db, 'inbox', ['user_id', 'seq'], 5_000))
    for (const entry of rows as unknown as Entry[]) {
      // whole rows of the table
      if (entry.user_id !== owner) latest.clear()
      owner = entry.user_id
      if ((latest.get(entry.peer_id) ?? 0) >= entry.sent_at) yield entry
      latest.set(entry.peer_id, entry.sent_at)
    }
}
