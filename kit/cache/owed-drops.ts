import { type Kysely, sql } from 'kysely'
import { type Database, hasRowLocks } from '../database/database.ts'
import type { Migration } from '../database/migrate.ts'
import { inTransaction } from '../database/transaction.ts'
import { RecentKeys } from './recent-keys.ts'

interface OwedTables {
  owed_drop: { name: string; until_ms: number }
}

export const owedDropMigrations: readonly Migration[] = [
  {
    name: '0002-create-owed-drop',
    up: (db) =>
      db.schema
        .createTable('owed_drop')
        .ifNotExists()
        .addColumn('name', 'varchar(190)', (column) => column.primaryKey())
        .addColumn('until_ms', 'bigint', (column) => column.notNull())
        .execute(),
  },
]

/** A cache that cannot always be reached. */
export interface Debtor {
  /** Drops keys for whoever could not. @throws when one of them could not be dropped */
  dropForOthers(keys: readonly string[]): Promise<void>
  /** Called, and awaited, with keys that could be neither held nor dropped. */
  onUndelivered(owe: (keys: readonly string[]) => Promise<void>): void
  /** Called with keys that may yet change without a word. */
  onDoubt(owe: (keys: readonly string[]) => void): void
  /** Whether it is worth trying. */
  readonly reachable: boolean
  /** A step before values are read again. */
  onRecovery(step: () => Promise<void>): void
}

export interface OwedDropsOptions {
  readonly db: Database
  readonly cache: Debtor
  /**
   * Milliseconds after which a key is dropped once more and forgotten: longer than any write goes on that could not hold
   * its keys, and than the clocks of two machines are apart.
   */
  readonly keepMs?: number
  /** The longest life of a cached value, in milliseconds: after it nothing is owed. */
  readonly maxTtlMs?: number
  /** Milliseconds between looks at what others owe. */
  readonly everyMs?: number
  /** Milliseconds since 1970. */
  readonly clock?: () => number
  readonly onError?: (error: unknown) => void
}

const chunk = 500

/** Keys that wait in memory to be written down, the newest; about 200 bytes each. */
const mostUnwritten = 10_000

/**
 * Drops that could not be delivered to a shared cache, written down in the database that the cached values are from: by
 * its own means a process that is cut off from the cache, or dies, would leave an old value to everybody else. Every
 * process looks here, and drops for others what they owe; also before it reads from the cache again after an outage.
 *
 * Where the database is away too, they are written down when it is back. About then a commit of which nothing was heard may
 * be done after all, and others may have cached what was before it: so the drops follow at once, and after `keepMs`.
 */
export class OwedDrops implements AsyncDisposable {
  readonly #db: Database
  readonly #cache: Debtor
  readonly #keepMs: number
  readonly #maxTtlMs: number
  readonly #everyMs: number
  readonly #clock: () => number
  readonly #onError: (error: unknown) => void
  /** Key → the `until_ms` for which it was dropped: one that was written down again is dropped again. */
  #paid = new Map<string, number>()
  /** What the next look writes down: what the database did not take, or what is nobody's hurry. */
  #unwritten = newUnwritten()
  #gathering: { readonly keys: Set<string>; readonly written: Promise<void> } | undefined
  #timer: NodeJS.Timeout | undefined
  #looking = Promise.resolve()
  #open = true

  constructor({
    db,
    cache,
    keepMs = 20_000,
    maxTtlMs = 600_000,
    everyMs = 500,
    clock = Date.now,
    onError = () => {},
  }: OwedDropsOptions) {
    this.#db = db
    this.#cache = cache
    this.#keepMs = keepMs
    this.#maxTtlMs = maxTtlMs
    this.#everyMs = everyMs
    this.#clock = clock
    this.#onError = onError
    cache.onUndelivered((keys) => this.#owe(keys))
    cache.onDoubt((keys) => this.#keep(keys))
    cache.onRecovery(async () => {
      // Redis may have come back with what was dropped before, also by a look that is under way.
      this.#paid = new Map()
      if (this.#open) await this.#pay()
    })
    this.#lookLater()
  }

  /** Ends the looking; what is owed stays written down. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#open = false
    clearTimeout(this.#timer)
    await this.#looking
    await this.#writeKept()
  }

  /** Never rejects: what the database does not take now it gets later. */
  async #owe(keys: readonly string[]): Promise<void> {
    if (!this.#open) return
    this.#gathering ??= this.#gather()
    for (const key of keys) this.#gathering.keys.add(key)
    await this.#gathering.written
  }

  /** All keys of one turn of the event loop share statements. */
  #gather() {
    const keys = new Set<string>()
    const written = new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
      this.#gathering = undefined
      await this.#writeOrKeep(keys)
    })
    return { keys, written }
  }

  async #writeOrKeep(keys: Iterable<string>): Promise<void> {
    const sorted = [...keys].sort()
    try {
      await this.#write(sorted)
    } catch (error) {
      this.#keep(sorted)
      this.#onError(error)
    }
  }

  #keep(keys: readonly string[]): void {
    for (const key of keys) this.#unwritten.add(key)
  }

  async #writeKept(): Promise<void> {
    const kept = this.#unwritten
    if (kept.size === 0) return
    this.#unwritten = newUnwritten()
    await this.#writeOrKeep(kept)
  }

  async #write(keys: readonly string[]): Promise<void> {
    const until = this.#clock() + this.#keepMs
    for (let start = 0; start < keys.length; start += chunk) {
      const some = keys.slice(start, start + chunk)
      const rows = sql.join(some.map((key) => sql`(${key}, ${until})`))
      await inTransaction(this.#db, (tx) =>
        (hasRowLocks(tx)
          ? sql`insert into owed_drop (name, until_ms) values ${rows}
              on duplicate key update until_ms = greatest(until_ms + 1, values(until_ms))`
          : sql`insert into owed_drop (name, until_ms) values ${rows}
              on conflict do update set until_ms = max(until_ms + 1, excluded.until_ms)`
        ).execute(tx),
      )
    }
  }

  #lookLater(): void {
    if (!this.#open) return
    this.#timer = setTimeout(() => {
      this.#looking = this.#look().catch(this.#onError)
      void this.#looking.then(() => this.#lookLater())
    }, this.#everyMs)
    this.#timer.unref()
  }

  async #look(): Promise<void> {
    await this.#writeKept()
    if (this.#cache.reachable) return this.#pay()
    const db: Kysely<OwedTables> = this.#db
    await db
      .deleteFrom('owed_drop')
      .where('until_ms', '<', this.#clock() - this.#maxTtlMs)
      .execute()
  }

  /** @throws when the cache or the database can't be reached */
  async #pay(): Promise<void> {
    const before = this.#paid
    const paid = new Map<string, number>()
    for (let last = ''; ; ) {
      const now = this.#clock()
      const owed = await this.#owedAfter(last)
      const due = owed.filter(({ name, until_ms }) => until_ms < now || this.#paid.get(name) !== until_ms)
      await this.#cache.dropForOthers(due.map(({ name }) => name))
      for (const { name, until_ms } of owed) paid.set(name, until_ms)
      if (this.#paid === before) await this.#forget(due, now) // a recovery meanwhile has to drop them once more
      last = owed.at(-1)?.name ?? ''
      if (owed.length < chunk) break
    }
    if (this.#paid === before) this.#paid = paid
  }

  #owedAfter(name: string): Promise<OwedTables['owed_drop'][]> {
    const db: Kysely<OwedTables> = this.#db
    return db.selectFrom('owed_drop').selectAll().where('name', '>', name).orderBy('name').limit(chunk).execute()
  }

  async #forget(dropped: readonly OwedTables['owed_drop'][], now: number): Promise<void> {
    const names = dropped.filter(({ until_ms }) => until_ms < now).map(({ name }) => name)
    const db: Kysely<OwedTables> = this.#db
    if (names.length > 0)
      await db.deleteFrom('owed_drop').where('name', 'in', names).where('until_ms', '<', now).execute()
  }
}

const newUnwritten = () => new RecentKeys({ keepMs: Number.POSITIVE_INFINITY, limit: mostUnwritten, now: () => 0 })
