import { type Kysely, sql } from 'kysely'
import type { IdSource } from '../../kit/ids.ts'
import { LogHeads } from './log/heads.ts'
import type { Log, LogHead, LogPage, LogPlace } from './log/log.ts'
import type { MessageRow, MessageTables } from './tables.ts'

/** A message with its number in the recipient's inbox. */
export type InboxMessage = MessageRow & { readonly seq: number }

/** What a left join found: all of it or nothing. */
type Found = { readonly [Column in keyof InboxMessage]: InboxMessage[Column] | null }

/** Entries of a page: a subscriber that stops reading holds so many, of up to 4 kB each. */
const perPage = 25

/** The log of what a user receives, whoever from. */
export class InboxLog implements Log<InboxMessage> {
  readonly #db: Kysely<MessageTables>
  readonly #heads: LogHeads

  /** @param ids names the inboxes that are looked at before anything came */
  constructor(db: Kysely<MessageTables>, ids: IdSource) {
    this.#db = db
    this.#heads = new LogHeads(db, 'inbox_head', ids)
  }

  channel(userId: number): string {
    return `inbox:${userId}`
  }

  heads(userIds: readonly number[]): Promise<(LogHead | undefined)[]> {
    return this.#heads.find(userIds)
  }

  openHeads(userIds: readonly number[]): Promise<LogHead[]> {
    return this.#heads.open(userIds)
  }

  /**
   * A part of a union for each place: every engine finds its rows by the primary keys alone, which none does for a
   * condition that joins the places with `or`. Numbers have no gaps, so a range of them is a limit.
   */
  async pages(places: readonly LogPlace[]): Promise<(LogPage<InboxMessage> | undefined)[]> {
    const parts = places.map(
      ({ userId, seq }, place) => sql`
      select ${place} as place, head.epoch, head.seq as head_seq, inbox.seq,
        mailbox.user_id, mailbox.peer_id, mailbox.sent_at, mailbox.id, mailbox.from_me, mailbox.content
      from inbox_head as head
      left join inbox on inbox.user_id = head.user_id and inbox.seq between ${seq} and ${seq + perPage - 1}
      left join mailbox on mailbox.user_id = inbox.user_id and mailbox.peer_id = inbox.peer_id
        and mailbox.sent_at = inbox.sent_at
      where head.user_id = ${userId}`,
    )
    const { rows } = await sql<Found & { place: number; epoch: number; head_seq: number }>`${sql.join(
      parts,
      sql` union all `,
    )}`.execute(this.#db)
    const byPlace = Map.groupBy(rows, (row) => row.place)
    return places.map((_, place) => {
      const found = byPlace.get(place)
      if (!found?.[0]) return undefined
      const { epoch, head_seq } = found[0]
      const entries = found.filter((row): row is typeof row & InboxMessage => row.seq !== null && row.id !== null)
      return {
        head: { epoch, seq: head_seq },
        entries: entries
          .sort((a, b) => a.seq - b.seq)
          .map(({ seq, user_id, peer_id, sent_at, id, from_me, content }) => ({
            ...{ seq, user_id, peer_id, sent_at, id, from_me, content },
          })),
      }
    })
  }
}
