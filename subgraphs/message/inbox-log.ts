import { type Kysely, sql } from 'kysely'
import type { IdSource } from '../../kit/ids.ts'
import { LogHeads } from './log/heads.ts'
import type { Log, LogHead, LogPage, LogPlace } from './log/log.ts'
import { readPages } from './log/pages.ts'
import type { MessageRow, MessageTables } from './tables.ts'

/** A message with its number in the recipient's inbox. */
export type InboxMessage = MessageRow & { readonly seq: number }

export const inboxChannel = (userId: number) => `inbox:${userId}`

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
    return inboxChannel(userId)
  }

  heads(userIds: readonly number[]): Promise<(LogHead | undefined)[]> {
    return this.#heads.find(userIds)
  }

  openHeads(userIds: readonly number[]): Promise<LogHead[]> {
    return this.#heads.open(userIds)
  }

  pages(places: readonly LogPlace[]): Promise<(LogPage<InboxMessage> | undefined)[]> {
    return readPages<InboxMessage>(this.#db, places, {
      head: 'inbox_head',
      columns: sql`inbox.seq, mailbox.user_id, mailbox.peer_id, mailbox.sent_at, mailbox.id, mailbox.from_me, mailbox.content`,
      entries: (first, last) => sql`
        left join inbox on inbox.user_id = head.user_id and inbox.seq between ${first} and ${last}
        left join mailbox on mailbox.user_id = inbox.user_id and mailbox.peer_id = inbox.peer_id
          and mailbox.sent_at = inbox.sent_at`,
    })
  }
}
