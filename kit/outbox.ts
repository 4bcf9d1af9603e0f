import { createIndex } from './database/create-index.ts'
import type { Database } from './database/database.ts'
import { deleteByKey, isOneOf, keysAtOnce } from './database/delete-by-key.ts'
import type { Logger } from './log.ts'

/** Something that another domain has to learn of. Is kept as JSON of at most 500 characters. */
export interface Notice {
  /** Unlike that of any other notice in the outbox. */
  readonly id: number
  /** The shard that the change was made on, so that both are one transaction there. */
  readonly ownerId: number
}

interface OutboxRow {
  owner_id: number
  id: number
  payload: string
  retry_at: number
}

export interface OutboxOptions<Item extends Notice> {
  readonly db: Database
  /** Made by {@link createOutbox}. */
  readonly table: string
  /** Tells of all these; may be called again with the same ones, also by several processes at once. */
  readonly deliver: (items: readonly Item[]) => Promise<void>
  readonly clock: () => number
  readonly log: Logger
  /** Milliseconds in which notices gather, so that a busy process tells of many at once. */
  readonly gatherMs?: number
  /** Milliseconds between looks for what is left of processes that died, and of attempts that failed. */
  readonly everyMs?: number
  /** Milliseconds that a process has for its first attempt, before others may try. */
  readonly attemptMs?: number
}

/** Notices in one delivery. */
const atOnce = keysAtOnce
/** Notices that wait in memory; what is more waits in the table alone. */
const mostWaiting = 10_000

/** Makes the table of an outbox. Part of a migration. */
export async function createOutbox(db: Database, table: string): Promise<void> {
  await db.schema
    .createTable(table)
    .ifNotExists()
    .addColumn('owner_id', 'bigint', (column) => column.notNull())
    .addColumn('id', 'bigint', (column) => column.notNull())
    .addColumn('payload', 'varchar(500)', (column) => column.notNull())
    .addColumn('retry_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint(`${table}_key`, ['owner_id', 'id'])
    .execute()
  await createIndex(db, table, `${table}_due`, ['retry_at'])
}

/**
 * Tells another domain of changes, each at least once, whatever dies on the way: a notice is written together with its
 * change, and goes only when it was told.
 */
export class Outbox<Item extends Notice> {
  readonly #options: Required<OutboxOptions<Item>>
  readonly #waiting: Item[] = []
  #timer: NodeJS.Timeout | undefined
  #sweepTimer: NodeJS.Timeout | undefined
  #working: Promise<void> = Promise.resolve()
  #closed = false
  /** Attempts in a row. */
  #failures = 0

  constructor({ gatherMs = 10, everyMs = 15_000, attemptMs = 30_000, ...options }: OutboxOptions<Item>) {
    this.#options = { gatherMs, everyMs, attemptMs, ...options }
    this.#scheduleSweep()
  }

  /** In the transaction of the change. */
  async put(tx: Database, items: readonly Item[]): Promise<void> {
    const { table, clock, attemptMs } = this.#options
    const retry_at = clock() + attemptMs
    const rows = items.map((item) => ({ owner_id: item.ownerId, id: item.id, payload: JSON.stringify(item), retry_at }))
    if (rows.length > 0) await tx.insertInto(table).values(rows).execute()
  }

  /** After the commit. Never fails: what cannot be told now is told later. */
  send(items: readonly Item[]): void {
    this.#keep(items)
    this.#schedule(this.#options.gatherMs)
  }

  /** Tells what waits, once. What can't be told now is told by another process, or after the next start. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    clearTimeout(this.#sweepTimer)
    if (this.#waiting.length > 0 && this.#failures === 0) this.#start(() => this.#sendWaiting())
    this.#closed = true
    await this.#working
  }

  #keep(items: readonly Item[]): void {
    this.#waiting.push(...items.slice(0, Math.max(0, mostWaiting - this.#waiting.length)))
  }

  #schedule(ms: number): void {
    if (this.#waiting.length === 0 || this.#timer || this.#closed) return
    this.#timer = setTimeout(() => this.#start(() => this.#sendWaiting()), ms).unref()
  }

  /** One after the other. */
  #start(work: () => Promise<void>): void {
    this.#working = this.#working.then(async () => {
      try {
        await work()
      } catch (err) {
        this.#options.log.warn({ err, outbox: this.#options.table }, 'notices have to wait')
      }
    })
  }

  async #sendWaiting(): Promise<void> {
    const items = this.#waiting.splice(0)
    try {
      while (items.length > 0) {
        await this.#tell(items.slice(0, atOnce))
        items.splice(0, atOnce)
      }
      this.#failures = 0
    } catch (error) {
      this.#failures++
      throw error
    } finally {
      this.#timer = undefined
      this.#keep(items)
      const { gatherMs, everyMs } = this.#options
      this.#schedule(this.#failures === 0 ? gatherMs : Math.min(everyMs, 500 * 2 ** this.#failures))
    }
  }

  async #sweep(): Promise<void> {
    const { db, table, clock, attemptMs } = this.#options
    for (let left = true; left && !this.#closed; ) {
      const now = clock()
      const due: OutboxRow[] = await db
        .selectFrom(table)
        .selectAll()
        .where('retry_at', '<=', now)
        .orderBy('retry_at')
        .limit(atOnce)
        .$castTo<OutboxRow>()
        .execute()
      if (due.length === 0) return
      // Others leave them alone meanwhile. Two who come here at once both tell, which does no harm.
      await db
        .updateTable(table)
        .set({ retry_at: now + attemptMs })
        .where(isOneOf(due.map(({ owner_id, id }) => ({ owner_id, id }))))
        .execute()
      await this.#tell(due.map(({ payload }) => JSON.parse(payload) as Item)) // as written by put()
      left = due.length === atOnce
    }
  }

  async #tell(items: readonly Item[]): Promise<void> {
    const { db, table, deliver } = this.#options
    await deliver(items)
    await deleteByKey(
      db,
      table,
      items.map(({ ownerId, id }) => ({ owner_id: ownerId, id })),
    )
  }

  #scheduleSweep(): void {
    this.#sweepTimer = setTimeout(() => {
      this.#start(() => this.#sweep())
      void this.#working.then(() => {
        if (!this.#closed) this.#scheduleSweep()
      })
    }, this.#options.everyMs).unref()
  }
}
