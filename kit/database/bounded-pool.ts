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
}

/**
 * A pool that waits for ever neither for a connection nor for an answer. A connection that was lost, did not answer in
 * time, or turned out to lead to a server that only reads, is not used again: the next one may lead to another server.
 * All these are UNAVAILABLE, with the driver's error as their cause.
 */
export function boundedPool(pool: Pool, bounds: Bounds): MysqlPool {
  const known = new WeakMap<PoolConnection, BoundedConnection>()
  const ready = async (connection: PoolConnection): Promise<BoundedConnection> => {
    const bounded = known.get(connection) ?? new BoundedConnection(connection, bounds.statementMs)
    if (known.has(connection)) return bounded
    for (const statement of bounds.setup) await bounded.run(statement)
    known.set(connection, bounded)
    return bounded
  }
  return {
    getConnection(callback) {
      let late = false
      const timer = setTimeout(() => {
        late = true
        callback(errors.unavailable('database', new Error('no connection was free in time')), none)
      }, bounds.acquireMs)
      pool.getConnection((fault, connection) => {
        if (late) return void connection?.release()
        clearTimeout(timer)
        if (fault) return callback(unavailable(fault), none)
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
  #fault: unknown

  constructor(connection: PoolConnection, timeout: number) {
    this.#connection = connection
    this.#timeout = timeout
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
      const fault = error && unavailable(error)
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
