import { sql } from 'kysely'
import { inTransaction } from '../../kit/database/transaction.ts'
import type { Check, World } from '../check.ts'
import { groupsOf, sideBySide } from '../keyset.ts'

const key = ['user_id', 'peer_id'] as const

/** Every pair's conversation ends with its last message. */
export const conversationEnds: Check = {
  name: 'conversations end with their last message',
  async run(world, report) {
    const messages = groupsOf(world.db, { table: 'mailbox', key, aggregates: sql`max(sent_at) as sent_at` })
    const ends = groupsOf(world.db, { table: 'conversation', key, aggregates: sql`max(last_sent_at) as sent_at` })
    for await (const { left, right } of sideBySide(messages, ends, key)) {
      report.looked(1)
      if (left?.['sent_at'] === right?.['sent_at']) continue
      const pair = { user_id: Number((left ?? right)?.['user_id']), peer_id: Number((left ?? right)?.['peer_id']) }
      const { sent_at, last_sent_at } = await endOf(world, pair)
      if (sent_at === last_sent_at) continue
      const text = `the conversation of ${pair.user_id} with ${pair.peer_id} ends at ${last_sent_at}, its last message is of ${sent_at}`
      // One that ends later has lost a message, which nothing brings back.
      const behind = sent_at !== null && (last_sent_at === null || last_sent_at < sent_at)
      await (behind ? report.finding(text, () => repair(world, pair)) : report.finding(text))
    }
  },
}

interface Pair {
  readonly user_id: number
  readonly peer_id: number
}

async function endOf({ db }: Pick<World, 'db'>, { user_id, peer_id }: Pair) {
  const { rows } = await sql<{ sent_at: number | null; last_sent_at: number | null }>`
    select (select max(sent_at) from mailbox where user_id = ${user_id} and peer_id = ${peer_id}) as sent_at,
      (select last_sent_at from conversation where user_id = ${user_id} and peer_id = ${peer_id}) as last_sent_at`.execute(
    db,
  )
  return rows[0] ?? { sent_at: null, last_sent_at: null }
}

function repair({ db }: World, pair: Pair): Promise<void> {
  return inTransaction(db, async (tx) => {
    await tx
      .insertInto('conversation')
      .ignore()
      .values({ ...pair, last_sent_at: 0 })
      .execute()
    const { sent_at } = await endOf({ db: tx }, pair)
    if (sent_at === null) return
    // Whoever sends meanwhile has a later time: the end never goes back.
    await tx
      .updateTable('conversation')
      .set({ last_sent_at: sent_at })
      .where('user_id', '=', pair.user_id)
      .where('peer_id', '=', pair.peer_id)
      .where('last_sent_at', '<', sent_at)
      .execute()
  })
}
