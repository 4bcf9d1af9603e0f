import type { Kysely } from 'kysely'
import type { Migration } from './database/migrate.ts'
import { inTransaction } from './database/transaction.ts'
import { type WorkerLease, workers } from './ids.ts'

interface LeaseTables {
  worker_lease: { worker: number; holder: string; until_ms: number }
}

export const leaseMigrations: readonly Migration[] = [
  {
    name: '0001-create-worker-lease',
    up: (db) =>
      db.schema
        .createTable('worker_lease')
        .ifNotExists()
        .addColumn('worker', 'integer', (column) => column.primaryKey())
        .addColumn('holder', 'varchar(64)', (column) => column.notNull())
        .addColumn('until_ms', 'bigint', (column) => column.notNull())
        .execute(),
  },
]

export interface LeaseOptions {
  /** Names this process among all; random is right. */
  readonly holder: string
  readonly clock?: () => number
  /** How long a lease lasts without being renewed, in milliseconds. */
  readonly term?: number
  readonly onError?: (error: unknown) => void
}

/**
 * A lease of a worker number that renews itself until it is released. One that could not be renewed in time, and whose
 * number another process has by now, gets another number.
 */
export interface RenewedLease extends WorkerLease {
  /**
   * Gives the number back; `end` is the first millisecond in which no id was made. Never rejects: while the database is
   * away, the number comes back when its time is over.
   */
  release(end: number): Promise<void>
}

/**
 * Takes a worker number that no live process has. The row holds the last millisecond for which its holder may make ids,
 * so that a successor begins after it: two machines whose clocks disagree still never make the same id.
 * @throws when all numbers are taken
 */
export async function leaseWorker(
  db: Kysely<LeaseTables>,
  { holder, clock = Date.now, term = 30_000, onError = () => {} }: LeaseOptions,
): Promise<RenewedLease> {
  let taken = await take(db, { holder, clock, term, least: 0 })
  let asked = 0
  const renew = async () => {
    // Never earlier than what was asked for before, when the clock was ahead: there are ids up to then. So only a renewal
    // that was overtaken on its way finds a later end, and of that one nobody waits for an answer.
    asked = Math.max(asked, taken.until, clock() + term)
    const until = asked
    const { numUpdatedRows } = await db
      .updateTable('worker_lease')
      .set({ until_ms: until })
      .where('worker', '=', taken.worker)
      .where('holder', '=', holder)
      .where('until_ms', '<=', until)
      .executeTakeFirst()
    taken = numUpdatedRows > 0n ? { ...taken, until } : await take(db, { holder, clock, term, least: until })
  }
  let renewing = Promise.resolve()
  let released = false
  let timer: NodeJS.Timeout
  const renewAfter = (ms: number) => {
    if (released) return
    timer = setTimeout(() => {
      renewing = renew().then(
        () => renewAfter(term / 3),
        (error: unknown) => {
          onError(error)
          renewAfter(Math.min(retryMs, term / 3))
        },
      )
    }, ms)
    timer.unref()
  }
  renewAfter(term / 3)
  return {
    get worker() {
      return taken.worker
    },
    get from() {
      return taken.from
    },
    until: () => (released ? 0 : taken.until),
    async release(end) {
      released = true
      clearTimeout(timer)
      await renewing
      await db
        .updateTable('worker_lease')
        .set({ until_ms: end })
        .where('worker', '=', taken.worker)
        .where('holder', '=', holder)
        .execute()
        .catch(onError)
    },
  }
}

/** How soon a renewal that failed is tried again, in milliseconds: nothing can be written without it when the term is over. */
const retryMs = 250

interface Taken {
  readonly worker: number
  readonly from: number
  readonly until: number
}

/** @param least the earliest end: a process whose ids run ahead of its clock goes on after them, whatever its number */
function take(
  db: Kysely<LeaseTables>,
  { holder, clock, term, least }: Required<Pick<LeaseOptions, 'holder' | 'clock' | 'term'>> & { least: number },
): Promise<Taken> {
  return inTransaction(db, async (tx) => {
    const now = clock()
    const rows = await tx.selectFrom('worker_lease').selectAll().execute()
    const known = new Map(rows.map((row) => [row.worker, row]))
    const start = Math.floor(Math.random() * workers) // so that processes that start together rarely meet
    for (let n = 0; n < workers; n++) {
      const worker = (start + n) % workers
      const row = known.get(worker)
      if (row && row.until_ms >= now) continue
      const claim = { holder, until_ms: Math.max(least, now + term) }
      const result = row
        ? await tx
            .updateTable('worker_lease')
            .set(claim)
            .where('worker', '=', worker)
            .where('until_ms', '=', row.until_ms)
            .where('holder', '=', row.holder)
            .executeTakeFirst()
        : await tx
            .insertInto('worker_lease')
            .values({ worker, ...claim })
            .ignore()
            .executeTakeFirst()
      const won = 'numUpdatedRows' in result ? result.numUpdatedRows : (result.numInsertedOrUpdatedRows ?? 0n)
      if (won > 0n) return { worker, until: claim.until_ms, from: now }
    }
    throw new Error(`all ${workers} worker numbers are taken`)
  })
}
