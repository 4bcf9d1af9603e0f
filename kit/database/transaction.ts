import { setTimeout as sleep } from 'node:timers/promises'
import { GraphQLError } from 'graphql'
import type { Kysely, Transaction } from 'kysely'
import { errors } from '../errors.ts'

/** Milliseconds for which a transaction is begun anew: a caller who hears soon that the database is away can choose. */
const patience = { conflict: 5_000, lost: 300 }

/**
 * Runs `work` in one transaction and answers after its commit. It is run again, from the start, when the database rolled
 * it back without a trace (deadlock, lock wait, lost connection): `work` must have no effect outside `tx`, and, as the
 * answer to a commit can be lost, must be idempotent.
 * @throws UNAVAILABLE when the database can't be reached
 */
export const inTransaction = <Tables, Result>(
  db: Kysely<Tables>,
  work: (tx: Transaction<Tables>) => Promise<Result>,
  options?: { attempts?: number },
): Promise<Result> => patiently(() => db.transaction().execute(work), options)

/**
 * Tries something again for as long as it fails by no fault of its own.
 * @throws UNAVAILABLE when it still does
 */
export async function patiently<Result>(
  attempt: () => Promise<Result>,
  { attempts = 5 }: { attempts?: number } = {},
): Promise<Result> {
  const started = performance.now()
  for (let n = 1; ; n++) {
    try {
      return await attempt()
    } catch (error) {
      const fault = faultOf(error)
      if (fault === 'other') throw error
      if (n === attempts || performance.now() - started > patience[fault]) throw errors.unavailable('database', error)
      await sleep(n * 10 + Math.random() * 20)
    }
  }
}

/**
 * What a failed statement says about trying again. `conflict`: the database rolled back for the sake of another
 * transaction. `lost`: the server is away, was not heard of in time, or only reads now; whether it did anything is not
 * known. `other`: trying again would end the same.
 */
export function faultOf(error: unknown): 'conflict' | 'lost' | 'other' {
  if (error instanceof GraphQLError && error.originalError) return faultOf(error.originalError)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ER_LOCK_DEADLOCK' || code === 'ER_LOCK_WAIT_TIMEOUT' || code === 'ER_CHECKREAD') return 'conflict'
  if (lost.has(code)) return 'lost'
  // The driver's word for a connection that broke before: a rollback meets it, and hides what happened.
  if (code === '' && error instanceof Error && 'fatal' in error && error.fatal === true) return 'lost'
  // SQLite's "database is locked" comes when another process holds the file longer than the timeout.
  return error instanceof Error && 'errcode' in error && [5, 6, 261, 517].includes(Number(error.errcode))
    ? 'conflict'
    : 'other'
}

const writeRefused = new Set([
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
  'ER_READ_ONLY_MODE',
])

const lost = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'ECONNRESET',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'ER_SERVER_SHUTDOWN',
  'ER_CONNECTION_KILLED',
  'ER_CON_COUNT_ERROR',
  ...writeRefused,
])

/** Whether a server refused to write, such as a primary that has become a replica. */
export const isWriteRefused = (error: Error): boolean => 'code' in error && writeRefused.has(String(error.code))
