import { CompiledQuery, type DatabaseConnection, type Driver, type QueryResult } from 'kysely'
import { patiently } from '../transaction.ts'
import type { SqliteFile } from './file.ts'

/** A deferred transaction that reads before it writes fails at once when another process wrote in between. */
const begin = 'begin immediate'

/**
 * Callers take turns at the one connection to a file. A turn ends with the commit, not with the sync that makes it
 * durable: others go on meanwhile, and only the writer is answered after it. They may read what a power cut would still
 * take away, but whoever writes on top of it is answered after a later sync, which covers both. After a failed sync nobody
 * is answered any more, readers included: the process has to be started again.
 */
export class SqliteDriver implements Driver {
  readonly #open: () => Promise<SqliteFile>
  /** Kysely looks after each object that it sees, so a few are used again and again. */
  readonly #idle: Caller[] = []
  #file: SqliteFile | undefined

  constructor(open: () => Promise<SqliteFile>) {
    this.#open = open
  }

  async init(): Promise<void> {
    this.#file = await this.#open()
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    if (!this.#file) throw new Error('the driver was used before it was initialised')
    const caller = this.#idle.pop() ?? new Caller(this.#file)
    await caller.takeTurn()
    return caller
  }

  async releaseConnection(caller: Caller): Promise<void> {
    caller.release()
    this.#idle.push(caller)
  }

  async beginTransaction(caller: Caller): Promise<void> {
    await caller.executeQuery(CompiledQuery.raw(begin))
    caller.isInTransaction = true
  }

  async commitTransaction(caller: Caller): Promise<void> {
    await caller.executeQuery(CompiledQuery.raw('commit'))
    caller.isInTransaction = false
  }

  /** After a commit there is nothing to take back, though its sync may have failed. */
  async rollbackTransaction(caller: Caller): Promise<void> {
    try {
      if (caller.canGoOn) await caller.executeQuery(CompiledQuery.raw('rollback'))
    } finally {
      caller.isInTransaction = false
    }
  }

  async destroy(): Promise<void> {
    await this.#file?.[Symbol.asyncDispose]()
  }
}

class Caller implements DatabaseConnection {
  /** From the beginning of a transaction until its end was asked for. */
  isInTransaction = false
  readonly #file: SqliteFile
  #hasTurn = false

  constructor(file: SqliteFile) {
    this.#file = file
  }

  /** Whether the transaction that was begun is still there: SQLite ends one by itself when it has to. */
  get canGoOn(): boolean {
    return this.#hasTurn && this.#file.isInTransaction
  }

  async takeTurn(): Promise<void> {
    await this.#file.turns.take()
    this.#hasTurn = true
  }

  release(): void {
    this.isInTransaction = false
    this.#endTurn()
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.isInTransaction && !this.canGoOn) throw new Error('the transaction was rolled back')
    const attempt = async () => {
      if (!this.#hasTurn) await this.takeTurn()
      const result = this.#run<Row>(sql, parameters)
      if (!this.#hasTurn && this.#file.writes(sql)) await this.#file.durable()
      return result
    }
    // While another process holds the file. A transaction is begun anew as a whole, by whoever runs it.
    return this.isInTransaction || sql === begin ? attempt() : patiently(attempt)
  }

  async *streamQuery<Row>({ sql, parameters }: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    if (this.#file.writes(sql)) throw new Error('only reads can be streamed')
    if (!this.#hasTurn) await this.takeTurn()
    for (const row of this.#file.iterate<Row>(sql, parameters)) yield { rows: [row] }
  }

  #run<Row>(sql: string, parameters: readonly unknown[]): QueryResult<Row> {
    try {
      return this.#file.run<Row>(sql, parameters)
    } finally {
      if (!this.#file.isInTransaction) this.#endTurn()
    }
  }

  #endTurn(): void {
    if (!this.#hasTurn) return
    this.#hasTurn = false
    this.#file.turns.end()
  }
}
