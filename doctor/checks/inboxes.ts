import { sql } from 'kysely'
import type { Check, World } from '../check.ts'
import { groupsOf } from '../keyset.ts'

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
      for (const { user_id, seq, peer_id } of await unordered(world, userIds))
        await report.finding(`number ${seq} in the inbox of ${user_id} is older than what ${peer_id} sent before it`)
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

/** No index goes by peer, so what is in the inbox is put together first and read once. */
async function undelivered({ db }: World, userIds: readonly number[]): Promise<Omit<Entry, 'seq'>[]> {
  const { rows } = await sql<Entry>`
    select user_id, peer_id, sent_at from (
      select user_id, peer_id, sent_at, 1 as received, 0 as delivered from mailbox
      where user_id in (${sql.join(userIds)}) and from_me = 0
      union all
      select user_id, peer_id, sent_at, 0 as received, 1 as delivered from inbox
      where user_id in (${sql.join(userIds)})) as sides
    group by user_id, peer_id, sent_at having sum(received) > sum(delivered) limit ${mostListed}`.execute(db)
  return rows
}

async function dangling({ db }: World, userIds: readonly number[]): Promise<Entry[]> {
  const { rows } = await sql<Entry>`
    select inbox.user_id as user_id, inbox.seq as seq, inbox.peer_id as peer_id, inbox.sent_at as sent_at
    from inbox left join mailbox on ${joined} and mailbox.from_me = 0
    where inbox.user_id in (${sql.join(userIds)}) and mailbox.id is null limit ${mostListed}`.execute(db)
  return rows
}

async function unordered({ db }: World, userIds: readonly number[]): Promise<Entry[]> {
  const { rows } = await sql<Entry>`
    select user_id, seq, peer_id, sent_at from (
      select user_id, seq, peer_id, sent_at, lag(sent_at) over (partition by user_id, peer_id order by seq) as former
      from inbox where user_id in (${sql.join(userIds)})) as entries
    where former >= sent_at limit ${mostListed}`.execute(db)
  return rows
}
