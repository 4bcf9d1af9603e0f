import type { Kysely, Transaction } from 'kysely'
import { claim } from '../../kit/database/claims.ts'
import { reserve } from '../../kit/database/reserve.ts'
import { rowsByKey } from '../../kit/database/rows-by-key.ts'
import { inTransaction } from '../../kit/database/transaction.ts'
import { errors } from '../../kit/errors.ts'
import type { IdSource } from '../../kit/ids.ts'
import { WriteBatch } from '../../kit/write-batch.ts'
import type { InboxMessage } from './inbox-log.ts'
import type { MessageRow, MessageTables } from './tables.ts'

/** A message to send. One with the `clientId` of an earlier one of its sender's is that one's repeat. */
export interface Send {
  readonly id: number
  readonly from: number
  readonly to: number
  readonly content: string
  readonly clientId: string | undefined
}

export interface MessageWritesOptions {
  readonly clock: () => number
  readonly ids: IdSource
  /** Called after the commit: the inbox of `userId` has grown to number `seq`, by `entries` where they are known. */
  readonly onReceived: (userId: number, seq: number, entries: readonly InboxMessage[]) => void
}

/**
 * Every change of messages. Sends of one process share transactions. Each transaction takes its locks in one order: names
 * of requests, conversations, inboxes, and each of these by key, so that none waits in a circle.
 */
export class MessageWrites {
  readonly #db: Kysely<MessageTables>
  readonly #options: MessageWritesOptions
  readonly #batch: WriteBatch<Send, MessageRow>
  /** Sends of which an earlier attempt may have been committed although its answer was lost. */
  readonly #tried = new WeakSet<Send>()

  constructor(db: Kysely<MessageTables>, options: MessageWritesOptions) {
    this.#db = db
    this.#options = options
    this.#batch = new WriteBatch((sends) => this.#commit(sends))
  }

  /**
   * Resolves after the commit, to the message in the sender's mailbox: for a repeat the first one.
   * @throws BAD_USER_INPUT when `clientId` names a message to somebody else
   */
  send(send: Send): Promise<MessageRow> {
    return this.#batch.add(send)
  }

  async #commit(sends: readonly Send[]): Promise<(MessageRow | Error)[]> {
    const { outcomes, unannounced, received } = await inTransaction(this.#db, (tx) => this.#send(tx, sends))
    for (const { user_id, seq } of unannounced) this.#options.onReceived(user_id, seq, [])
    for (const [userId, entries] of received) this.#options.onReceived(userId, entries.at(-1)?.seq ?? 0, entries)
    return outcomes
  }

  async #send(tx: Transaction<MessageTables>, sends: readonly Send[]) {
    const known = await this.#committedBefore(tx, sends)
    const unannounced = await headsOf(tx, [...known.values()])
    const named = sends.filter((send) => send.clientId !== undefined)
    const requests = await claim(tx, 'message_request', named.map(requestOf))
    const requestBy = new Map(named.map((send, n) => [send, requests[n]]))
    const fresh = sends.filter((send) => !known.has(send.id) && (requestBy.get(send)?.id ?? send.id) === send.id)

    const sent = await this.#numberInPairs(tx, fresh)
    if (sent.length > 0) await tx.insertInto('mailbox').values(sent.flatMap(bothCopies).sort(byKey)).execute()
    const received = await this.#deliver(tx, sent)
    for (const row of sent) known.set(row.id, row)

    const earlier = requests.filter(({ id }) => !known.has(id)).map(({ owner_id, id }) => ({ user_id: owner_id, id }))
    if (earlier.length > 0) for (const row of await selectMessages(tx, earlier)) known.set(row.id, row)
    const outcomes = sends.map((send) => {
      const { id, peer_id } = requestBy.get(send) ?? requestOf(send)
      if (peer_id !== send.to) return errors.invalid('clientId', 'names a message to another user')
      return known.get(id) ?? errors.notFound('Message', id)
    })
    return { outcomes, unannounced, received }
  }

  /** A locking read: it waits for an earlier attempt whose commit is still under way. */
  async #committedBefore(tx: Transaction<MessageTables>, sends: readonly Send[]): Promise<Map<number, MessageRow>> {
    const tried = sends.filter((send) => this.#tried.has(send)).map(({ from, id }) => ({ user_id: from, id }))
    for (const send of sends) this.#tried.add(send)
    if (tried.length === 0) return new Map()
    const rows = await selectMessages(tx, tried, { lock: true })
    return new Map(rows.map((row) => [row.id, row]))
  }

  /** Gives each message its time, later than every other between its two users. They are locked from here on. */
  async #numberInPairs(tx: Transaction<MessageTables>, sends: readonly Send[]): Promise<MessageRow[]> {
    const pairs = Map.groupBy(sends, ({ from, to }) => `${Math.min(from, to)} ${Math.max(from, to)}`)
    const blocks = [...pairs.values()].flatMap((of) => {
      const { from, to } = of[0] as Send // no group is empty
      return [
        { key: { user_id: from, peer_id: to }, size: of.length },
        { key: { user_id: to, peer_id: from }, size: of.length },
      ]
    })
    const conversations = { table: 'conversation', column: 'last_sent_at', from: this.#options.clock() }
    const starts = await reserve(tx, conversations, blocks)
    return [...pairs.values()].flatMap((of, pair) =>
      of.map(({ id, from, to, content }, n) => ({
        user_id: from,
        peer_id: to,
        sent_at: (starts[pair * 2] as number) + n, // one start for each block
        id,
        from_me: 1 as const,
        content,
      })),
    )
  }

  /**
   * Puts each message into its recipient's log; the last step, as every sender to a popular user waits for this lock.
   * @returns by recipient what its log has grown by
   */
  async #deliver(tx: Transaction<MessageTables>, sent: readonly MessageRow[]): Promise<Map<number, InboxMessage[]>> {
    const recipients = [...Map.groupBy(sent.map(received), (row) => row.user_id)]
    const starts = await reserve(
      tx,
      { table: 'inbox_head', column: 'seq', from: 1 },
      recipients.map(([user_id, { length }]) => ({
        key: { user_id },
        size: length,
        onCreate: { epoch: this.#options.ids.next() },
      })),
    )
    const grown = recipients.map(
      ([userId, rows], recipient) =>
        [userId, rows.map((row, n) => ({ ...row, seq: (starts[recipient] as number) + n }))] as const, // one start for each block
    )
    const entries = grown.flatMap(([, rows]) => rows)
    if (entries.length > 0)
      await tx
        .insertInto('inbox')
        .values(entries.map(({ user_id, seq, peer_id, sent_at }) => ({ user_id, seq, peer_id, sent_at })))
        .execute()
    return new Map(grown)
  }
}

const requestOf = ({ from, clientId = '', id, to }: Send) => ({ owner_id: from, client_id: clientId, id, peer_id: to })

/** The recipient's copy of a message. */
const received = (row: MessageRow): MessageRow => ({ ...row, user_id: row.peer_id, peer_id: row.user_id, from_me: 0 })

const bothCopies = (row: MessageRow): MessageRow[] => [row, received(row)]

/** For messages of which the answer to the commit was lost, and the hints with it. */
async function headsOf(tx: Transaction<MessageTables>, rows: readonly MessageRow[]) {
  if (rows.length === 0) return []
  const recipients = [...new Set(rows.map((row) => row.peer_id))]
  return tx.selectFrom('inbox_head').select(['user_id', 'seq']).where('user_id', 'in', recipients).execute()
}

/** The order of the primary key. */
const byKey = (a: MessageRow, b: MessageRow) => a.user_id - b.user_id || a.peer_id - b.peer_id || a.sent_at - b.sent_at

const selectMessages = (
  tx: Transaction<MessageTables>,
  keys: readonly { user_id: number; id: number }[],
  { lock = false } = {},
) => rowsByKey<MessageRow>(tx, { table: 'mailbox', index: 'mailbox_by_id', lock }, keys)
