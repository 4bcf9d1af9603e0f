import type { Kysely } from 'kysely'
import { inKeyOrder } from '../../kit/batch.ts'
import type { ConversationRequest, MessageRange } from './paging.ts'
import type { ConversationRow, MessageRow, MessageTables } from './tables.ts'

/** Every read of messages: each from the mailbox of one user, by one statement. */
export class MessageStore {
  readonly #db: Kysely<MessageTables>

  constructor(db: Kysely<MessageTables>) {
    this.#db = db
  }

  /** Messages between two users, oldest first. */
  async between(userId: number, peerId: number, range: MessageRange): Promise<MessageRow[]> {
    const { after, before, backward, limit } = range
    const rows = await this.#db
      .selectFrom('mailbox')
      .selectAll()
      .where('user_id', '=', userId)
      .where('peer_id', '=', peerId)
      .$if(after !== undefined, (query) => query.where('sent_at', '>', after as number)) // checked by the condition
      .$if(before !== undefined, (query) => query.where('sent_at', '<', before as number)) // the same
      .orderBy('sent_at', backward ? 'desc' : 'asc')
      .limit(limit)
      .execute()
    return backward ? rows.reverse() : rows
  }

  /** The newest message between a user and each of these peers. */
  async latestByPeer(userId: number, peerIds: readonly number[]): Promise<(MessageRow | null)[]> {
    const rows = await this.#db
      .selectFrom('conversation')
      .innerJoin('mailbox', (join) =>
        join
          .onRef('mailbox.user_id', '=', 'conversation.user_id')
          .onRef('mailbox.peer_id', '=', 'conversation.peer_id')
          .onRef('mailbox.sent_at', '=', 'conversation.last_sent_at'),
      )
      .selectAll('mailbox')
      .where('conversation.user_id', '=', userId)
      .where('conversation.peer_id', 'in', peerIds)
      .execute()
    return inKeyOrder<number, MessageRow, MessageRow | null>(
      peerIds,
      rows,
      (row) => row.peer_id,
      (row) => row,
      null,
    )
  }

  /** Messages that are in a user's mailbox; those of others are null, as those that do not exist. */
  async byIds(userId: number, ids: readonly number[]): Promise<(MessageRow | null)[]> {
    const rows = await this.#db
      .selectFrom('mailbox')
      .selectAll()
      .where('user_id', '=', userId)
      .where('id', 'in', ids)
      .execute()
    return inKeyOrder<number, MessageRow, MessageRow | null>(
      ids,
      rows,
      (row) => row.id,
      (row) => row,
      null,
    )
  }

  /** Conversations of a user, most recently active first. */
  async conversations(userId: number, { after, limit }: ConversationRequest): Promise<ConversationRow[]> {
    return this.#db
      .selectFrom('conversation')
      .selectAll()
      .where('user_id', '=', userId)
      .$if(after !== undefined, (query) => {
        const { last_sent_at, peer_id } = after as ConversationRow // checked by the condition
        return query
          .where('last_sent_at', '<=', last_sent_at)
          .where(({ eb, or }) => or([eb('last_sent_at', '<', last_sent_at), eb('peer_id', '<', peer_id)]))
      })
      .orderBy('last_sent_at', 'desc')
      .orderBy('peer_id', 'desc')
      .limit(limit)
      .execute()
  }
}
