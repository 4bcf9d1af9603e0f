import type { Socket } from 'node:net'
import type { MysqlPool, MysqlPoolConnection, MysqlQueryResult, MysqlStream } from 'kysely'
import type { Pool, PoolConnection, QueryError } from 'mysql2'
import { errors } from '../errors.ts'
import { Drought } from './drought.ts'
import { faultOf, isWriteRefused } from './transaction.ts'

export interface Bounds {
  /** Milliseconds to wait for a connection, new or given back by somebody: once for all while there are none. */
  readonly acquireMs: number
  /** Milliseconds that one statement may take; more than the wait for a row lock. */
  readonly statementMs: number
  /** Statements that prepare a new connection. */
  readonly setup: readonly string[]
  /** Milliseconds after which a connection that is taken again is asked whether its server still writes. */
  readonly recheckMs: number
  /** Hears why the database could not be used. */
  readonly onFault?: ((error: unknown) => void) | undefined
}

/**
 * A pool that waits for ever neither for a connection nor for an answer. A connection that was lost, did not answer in
 * time, or turned out to lead to a server that only reads, is not used again: the next one may lead to another server.
 * All these are UNAVAILABLE, with the driver's error as their cause.
 *
 * After a failover the old server may go on and only read what is old by then. So connections are asked now and then, and
 * all of them as soon as one was refused a write. Where there is no better server, the one that only reads is used.
 */
export function boundedPool(pool: Pool, bounds: Bounds): MysqlPool {
  const sockets = socketsOf(pool)
  const known = new WeakMap<PoolConnection, { readonly bounded: BoundedConnection; checkedAt: number }>()
  const drought = new Drought(bounds.acquireMs)
  let suspectedAt = Number.NEGATIVE_INFINITY
  const refused = (fault: Error): Error => {
    const error = unavailable(fault)
    if (error === fault) return error
    if (isWriteRefused(fault)) suspectedAt = performance.now()
    bounds.onFault?.(fault)
    return error
  }
  const next = (): Promise<PoolConnection> =>
    new Promise((resolve, reject) => {
      pool.getConnection((fault, connection) => (fault ? reject(refused(fault)) : resolve(connection)))
    })
  const isDue = (checkedAt: number) => checkedAt <= suspectedAt || performance.now() - checkedAt > bounds.recheckMs
  /** Undefined for a connection that should not be used any more. */
  const ready = async (connection: PoolConnection): Promise<BoundedConnection | undefined> => {
    const before = known.get(connection)
    if (before && !isDue(before.checkedAt)) return before.bounded
    const checkedAt = performance.now()
    const bounded = before?.bounded ?? new BoundedConnection(connection, bounds.statementMs, refused)
    if (!before) for (const statement of bounds.setup) await bounded.run(statement)
    else if (await onlyReads(bounded)) return undefined
    known.set(connection, { bounded, checkedAt })
    return bounded
  }
  const take = async (): Promise<BoundedConnection> => {
    for (;;) {
      const connection = await next()
      try {
        const bounded = await ready(connection)
        if (bounded) return bounded
      } catch (error) {
        cut(connection)
        throw error
      }
      cut(connection)
    }
  }
  return {
    getConnection(callback) {
      let answered = false
      const answer = (error: unknown, bounded = none): void => {
        answered = true
        if (error) drought.goesOn(performance.now())
        callback(error, bounded)
      }
      const patience = drought.waitFrom(performance.now())
      const giveUp = () => {
        if (!answered) answer(refused(noneWithin(patience)))
      }
      // After a pause of the process timers are served before sockets: let an answer that lies there be read first.
      const timer = setTimeout(() => setImmediate(giveUp), patience)
      take()
        .then(
          (bounded) => {
            drought.end()
            answered ? bounded.release() : answer(undefined, bounded)
          },
          (error: unknown) => answered || answer(error),
        )
        .finally(() => clearTimeout(timer))
    },
    end(callback) {
      pool.end((error) => {
        void sockets.closed(bounds.acquireMs).then(() => callback(error))
      })
    },
  }
}

/** Not in the driver's types: what a connection speaks over. */
const socketOf = (connection: object): Socket => (connection as { readonly stream: Socket }).stream

/** The sockets of a pool. */
function socketsOf(pool: Pool) {
  const open = new Map<Socket, Promise<unknown>>()
  pool.on('connection', (connection) => {
    const socket = socketOf(connection)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    open.set(socket, closed)
    void closed.then(() => open.delete(socket))
  })
  return {
    /** Whoever has said goodbye has some time for the other end to do so too. */
    async closed(graceMs: number): Promise<void> {
      const timer = setTimeout(() => {
        for (const socket of open.keys()) socket.destroy()
      }, graceMs)
      await Promise.all(open.values())
      clearTimeout(timer)
    },
  }
}

/** The driver itself waits for the other end to close too, which one that went away without a word never does. */
function cut(connection: PoolConnection): void {
  connection.destroy()
  socketOf(connection).destroy()
}

// The type of the callback asks for a connection even where there is an error.
const none = undefined as unknown as MysqlPoolConnection

const noneWithin = (ms: number) =>
  Object.assign(new Error(`no connection was free within ${Math.round(ms)} ms`), { code: 'ETIMEDOUT' })

/** A change of the schema takes as long as its table is large; only migrations make one. */
const isDefinition = /^\s*(create|alter|drop)\b/i
const definitionMs = 3_600_000

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

  get lost(): boolean {
    return this.#fault !== undefined
  }

  run(sql: string): Promise<MysqlQueryResult> {
    return new Promise((resolve, reject) => {
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
    const options = { sql, values: [...values], timeout: isDefinition.test(sql) ? definitionMs : this.#timeout }
    let over = false
    this.#connection.query(options, (error: QueryError | null, result: unknown) => {
      // The driver's timer goes on for a statement whose connection broke, and then tells of it once more.
      if (over) return
      over = true
      const fault = error && this.#refused(error)
      if (fault !== error) {
        this.#fault = fault
        cut(this.#connection)
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
    cut(this.#connection)
  }
}

/** @throws UNAVAILABLE when it does not say; a server that does not know the question writes */
async function onlyReads(connection: BoundedConnection): Promise<boolean> {
  try {
    const rows = await connection.run('select @@read_only as server, @@innodb_read_only as engine')
    const [said] = rows as { server: unknown; engine: unknown }[] // a select answers with rows
    return [said?.server, said?.engine].some((value) => !['0', 'OFF', 'undefined'].includes(String(value)))
  } catch (error) {
    if (connection.lost) throw error
    return false
  }
}

/** A fault of the statement stays as it is: callers know some of them. */
const unavailable = (fault: Error): Error =>
  faultOf(fault) === 'lost' || !('code' in fault) ? errors.unavailable('database', fault) : fault
