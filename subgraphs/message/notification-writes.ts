import type { Kysely, Transaction } from 'kysely'
import { type Block, reserve } from '../../kit/database/reserve.ts'
import { rowsByKey } from '../../kit/database/rows-by-key.ts'
import { inTransaction } from '../../kit/database/transaction.ts'
import type { IdSource } from '../../kit/ids.ts'
import type { NotificationRow, NotificationTables } from './tables.ts'

/** Something to tell a user, not yet in its log. */
export type NewNotification = Omit<NotificationRow, 'seq'>

export interface NotificationWritesOptions {
  readonly ids: IdSource
  /** Called after the commit: the log of `userId` has grown to number `seq`. */
  readonly onAdded: (userId: number, seq: number) => void
}

const heads = { table: 'notification_head', column: 'seq', from: 1 }

/** Every change of notifications. */
export class NotificationWrites {
  readonly #db: Kysely<NotificationTables>
  readonly #options: NotificationWritesOptions

  constructor(db: Kysely<NotificationTables>, options: NotificationWritesOptions) {
    this.#db = db
    this.#options = options
  }

  /**
   * Adds to the logs of the recipients what is not yet there: of one kind an actor does a thing once. Resolves after the
   * commit.
   * @param wanted at most 500
   */
  async add(wanted: readonly NewNotification[]): Promise<void> {
    if (wanted.length === 0) return
    const grown = await inTransaction(this.#db, (tx) => this.#add(tx, wanted))
    for (const [userId, seq] of grown) this.#options.onAdded(userId, seq)
  }

  async #add(tx: Transaction<NotificationTables>, wanted: readonly NewNotification[]) {
    const recipients = [...new Set(wanted.map((row) => row.user_id))]
    const block = (user_id: number, size: number): Block => ({
      key: { user_id },
      size,
      onCreate: { epoch: this.#options.ids.next() },
    })
    // Whoever else tells the same recipient of the same waits here, so that what is there already is seen below.
    const next = await reserve(
      tx,
      heads,
      recipients.map((userId) => block(userId, 0)),
    )
    const fresh = await withoutKnown(tx, wanted)
    const byRecipient = [...Map.groupBy(fresh, (row) => row.user_id)]
    await reserve(
      tx,
      heads,
      byRecipient.map(([userId, of]) => block(userId, of.length)),
    )
    const first = new Map(recipients.map((userId, n) => [userId, next[n] as number])) // one for each block
    const rows = byRecipient.flatMap(([userId, of]) =>
      of.map((row, n) => ({ ...row, seq: (first.get(userId) ?? 0) + n })),
    )
    if (rows.length > 0) await tx.insertInto('notification').values(rows).execute()
    return byRecipient.map(([userId, of]) => [userId, (first.get(userId) ?? 0) + of.length - 1] as const)
  }
}

async function withoutKnown(
  tx: Transaction<NotificationTables>,
  wanted: readonly NewNotification[],
): Promise<NewNotification[]> {
  const unique = new Map(wanted.toReversed().map((row) => [nameOf(row), row])) // of equal ones the first
  const keys = [...unique.values()].map(({ user_id, kind, subject_id, actor_id }) => ({
    ...{ user_id, kind, subject_id, actor_id },
  }))
  const known = await rowsByKey<NotificationRow>(tx, { table: 'notification', index: 'notification_by_subject' }, keys)
  for (const row of known) unique.delete(nameOf(row))
  return [...unique.values()].sort((a, b) => a.id - b.id) // as they happened
}

const nameOf = ({ user_id, kind, subject_id, actor_id }: Omit<NewNotification, 'id' | 'video_id'>) =>
  `${user_id} ${kind} ${subject_id} ${actor_id}`
