import type { MysqlPool, MysqlPoolConnection, MysqlQueryResult, MysqlStream } from 'kysely'
import type { Pool, PoolConnection, QueryError } from 'mysql2'
import { errors } from '../errors.ts'
import { faultOf } from './transaction.ts'

export interface Bounds {
  /** Milliseconds to wait for a connection, new or given back by somebody. */
  readonly acquireMs: number
  /** Milliseconds that one statement may take; more than the wait for a row lock. */
  readonly statementMs: number
  /** Statements that prepare a new connection. */
  readonly setup: readonly string[]
  /** Hears why the database could not be used. */
  readonly onFault?: ((error: unknown) => void) | undefined
}

/**
 * A pool that waits for ever neither for a connection nor for an answer. A connection that was lost, did not answer in
 * time, or turned out to lead to a server that only reads, is not used again: the next one may lead to another server.
 * All these are UNAVAILABLE, with the driver's error as their cause.
 */
export function boundedPool(pool: Pool, bounds: Bounds): MysqlPool {
  const known = new WeakMap<PoolConnection, BoundedConnection>()
  const refused = (fault: Error): Error => {
    const error = unavailable(fault)
    if (error !== fault) bounds.onFault?.(fault)
    return error
  }
  const ready = async (connection: PoolConnection): Promise<BoundedConnection> => {
    const bounded = known.get(connection) ?? new BoundedConnection(connection, bounds.statementMs, refused)
    if (known.has(connection)) return bounded
    for (const statement of bounds.setup) await bounded.run(statement)
    known.set(connection, bounded)
    return bounded
  }
  return {
    getConnection(callback) {
      let late = false
      let settled = false
      const giveUp = () => {
        if (settled) return
        late = true
        callback(refused(new Error(`no connection was free within ${bounds.acquireMs} ms`)), none)
      }
      // After a pause of the process timers are served before sockets: let an answer that lies there be read first.
      const timer = setTimeout(() => setImmediate(giveUp), bounds.acquireMs)
      pool.getConnection((fault, connection) => {
        if (late) return void connection?.release()
        settled = true
        clearTimeout(timer)
        if (fault) return callback(refused(fault), none)
        ready(connection).then(
          (bounded) => callback(undefined, bounded),
          (error: unknown) => {
            connection.destroy()
            callback(error, none)
          },
        )
      })
    },
    end: (callback) => pool.end((error) => callback(error)),
  }
}

// The type of the callback asks for a connection even where there is an error.
const none = undefined as unknown as MysqlPoolConnection

type Answered = (error: unknown, result: MysqlQueryResult) => void

class BoundedConnection implements MysqlPoolConnection {
  readonly config = {}
  readonly #connection: PoolConnection
  readonly #timeout: number
  readonly #refused: (fault: Error) => Error
  #fault: unknown

  /** @param refused makes of a driver's error what callers get; another one when the connection is of no use any more */
  constructor(connection: PoolConnection, timeout: number, refused: (fault: Error) => Error) {
    this.#connection = connection
    this.#timeout = timeout
    this.#refused = refused
  }

  get threadId(): number {
    return this.#connection.threadId
  }

  async run(sql: string): Promise<void> {
    await new Promise((resolve, reject) => {
      this.query(sql, [], (error, result) => (error ? reject(error) : resolve(result)))
    })
  }

  /** @param answered always given: nothing of ours streams rows */
  query(sql: string, values: readonly unknown[], answered?: Answered): { stream: () => MysqlStream } {
    const stream = () => {
      throw new Error('rows are not streamed')
    }
    // So that a rollback tells of the same fault as the statement before it.
    if (this.#fault) {
      process.nextTick(() => answered?.(this.#fault, []))
      return { stream }
    }
    const options = { sql, values: [...values], timeout: this.#timeout }
    this.#connection.query(options, (error: QueryError | null, result: unknown) => {
      const fault = error && this.#refused(error)
      if (fault !== error) {
        this.#fault = fault
        this.#connection.destroy()
      }
      answered?.(fault, result as MysqlQueryResult) // the driver's own type is wider, for several statements at once
    })
    return { stream }
  }

  connect(): void {}

  release(): void {
    if (!this.#fault) this.#connection.release()
  }

  destroy(): void {
    this.#connection.destroy()
  }
}

/** A fault of the statement stays as it is: callers know some of them. */
const unavailable = (fault: Error): Error =>
  faultOf(fault) === 'lost' || !('code' in fault) ? errors.unavailable('database', fault) : fault
