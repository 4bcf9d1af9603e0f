import { type FileHandle, open } from 'node:fs/promises'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { QueryResult } from 'kysely'
import { LRUCache } from 'lru-cache'
import { errors } from '../../errors.ts'
import { Checkpoints } from './checkpoints.ts'
import { LogSync } from './log-sync.ts'
import { toObjects } from './rows.ts'
import { Turns } from './turns.ts'

const preparedStatements = 500
/** Bytes that the log keeps on disk when it begins anew. Where it was cut, growing again takes syncs of the file system's own. */
const longestLog = 256 << 20

/**
 * Milliseconds for which a statement waits for another process, such as somebody's shell, with all of this one standing
 * still: whoever can wait longer sleeps and tries again. Opening waits longer, as nothing else is under way.
 */
const patience = { opening: 5_000, working: 100 }

export interface FileObserver {
  /** Hears why the log could not be kept short, or not be synced. */
  readonly onFault?: ((error: unknown) => void) | undefined
  /** Called when the log could not be synced. */
  readonly onBroken?: (() => void) | undefined
}

interface Prepared {
  readonly statement: StatementSync
  readonly hasRows: boolean
  readonly writes: boolean
}

/** One database file, and the one connection that a process has to it: two would block each other, and the event loop. */
export class SqliteFile implements AsyncDisposable {
  /** Whoever uses the connection takes a turn. */
  readonly turns = new Turns()
  readonly #db: DatabaseSync
  readonly #resources: AsyncDisposableStack
  readonly #prepared = new LRUCache<string, Prepared>({ max: preparedStatements })
  readonly #log: LogSync

  /** @param path or `:memory:` */
  static async open(path: string, observer: FileObserver = {}): Promise<SqliteFile> {
    await using resources = new AsyncDisposableStack()
    const db = resources.adopt(new DatabaseSync(path, { timeout: patience.opening }), (db) => db.close())
    db.exec('pragma journal_mode = wal; pragma cache_size = -32000; pragma temp_store = memory')
    const location = db.location() // the log is beside the file itself, wherever a link to it may be
    if (location === null) return new SqliteFile(db, resources.move())
    // In `normal` the log is synced before pages go from it to the file, but not at a commit: that is for `durable`.
    db.exec(`pragma synchronous = normal; pragma wal_autocheckpoint = 0; pragma journal_size_limit = ${longestLog}`)
    db.exec('select 1 from sqlite_schema') // the first look at a database makes its log
    db.exec(`pragma busy_timeout = ${patience.working}`)
    const log = resources.use(await open(`${location}-wal`, 'r+'))
    return new SqliteFile(db, resources.move(), { path: location, log, observer })
  }

  private constructor(
    db: DatabaseSync,
    resources: AsyncDisposableStack,
    file?: { path: string; log: FileHandle; observer: FileObserver },
  ) {
    this.#db = db
    this.#resources = resources
    const checkpoints =
      file &&
      new Checkpoints({
        path: file.path,
        alone: (work) => this.turns.within(work),
        onChange: (reason) => {
          // Where we can't, SQLite has to, in the middle of commits.
          db.exec(`pragma wal_autocheckpoint = ${reason === undefined ? 0 : 1_000}`)
          if (reason !== undefined) file.observer.onFault?.(reason)
        },
      })
    if (checkpoints) resources.use(checkpoints)
    this.#log = new LogSync(async () => {
      await file?.log.datasync().catch((error: unknown) => {
        file.observer.onFault?.(error)
        file.observer.onBroken?.()
        throw errors.unavailable('database', error)
      })
      checkpoints?.written()
    })
    resources.defer(() => this.#log.idle())
  }

  get isInTransaction(): boolean {
    return this.#db.isTransaction
  }

  /**
   * Runs one statement. What it changes outside a transaction is committed, though not yet durable.
   * @throws what a sync once threw: what is read from then on might be gone after a restart, which is needed now
   */
  run<Row>(sql: string, parameters: readonly unknown[] = []): QueryResult<Row> {
    this.#log.check()
    const { statement, hasRows } = this.#prepare(sql)
    if (hasRows) return { rows: objects<Row>(statement, statement.all(...bound(parameters))) }
    const { changes, lastInsertRowid } = statement.run(...bound(parameters))
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }

  *iterate<Row>(sql: string, parameters: readonly unknown[]): Iterable<Row> {
    this.#log.check()
    const { statement } = this.#prepare(sql)
    for (const row of statement.iterate(...bound(parameters))) yield* objects<Row>(statement, [row])
  }

  /** Whether a statement may change something; of some it says so although they don't. */
  writes(sql: string): boolean {
    return this.#prepare(sql).writes
  }

  /** Resolves when what was committed before survives a power cut. @throws when the disk failed */
  durable(): Promise<void> {
    return this.#log.synced()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync()
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql)
    if (known) return known
    const statement = this.#db.prepare(sql)
    statement.setReturnArrays(true)
    const prepared = {
      statement,
      hasRows: statement.columns().length > 0,
      writes: !/^\s*(select|explain|rollback)\b/i.test(sql),
    }
    this.#prepared.set(sql, prepared)
    return prepared
  }
}

/**
 * @param rows lists of values, as every statement is prepared to give them. What their columns are called is asked after
 * they were read: the columns of a `select *` change with the table, whoever changes it.
 */
function objects<Row>(statement: StatementSync, rows: readonly unknown[]): Row[] {
  if (rows.length === 0) return []
  const toObject = toObjects(statement.columns().map(({ name }) => name))
  return rows.map((row) => toObject(row as unknown[]) as Row)
}

/** A number would be bound as REAL, an object in first place as named parameters. */
function bound(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
    if (value === undefined || (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)))
      throw new TypeError(`cannot bind ${typeof value}`)
    return value as SQLInputValue // all other types that can't be bound are refused by SQLite itself
  })
}
