import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pool, PoolConnection } from 'mysql2'
import { codeOf } from '../errors.ts'
import { boundedPool } from './bounded-pool.ts'

type Asked = (fault: Error | null, connection: PoolConnection) => void

const acquireMs = 400

/** A pool of a server that takes connections and never answers, until it is told to. */
function silentPool() {
  const asked: Asked[] = []
  const driver = { on() {}, getConnection: (callback: Asked) => asked.push(callback) }
  // Only what is used of a pool and its connections.
  const connection = { release() {}, query() {} } as unknown as PoolConnection
  const pool = boundedPool(driver as unknown as Pool, { acquireMs, statementMs: 1_000, recheckMs: 1_000, setup: [] })
  const take = () =>
    new Promise<void>((resolve, reject) => {
      pool.getConnection((error, taken) => {
        if (error) return reject(error)
        taken.release()
        resolve()
      })
    })
  return {
    take,
    answer() {
      for (const callback of asked.splice(0)) callback(null, connection)
    },
  }
}

const isUnavailable = (error: unknown) => codeOf(error) === 'UNAVAILABLE'

test('steps that wait for a connection one after the other wait together hardly longer than one', async () => {
  const { take } = silentPool()
  const started = performance.now()
  for (let step = 0; step < 5; step++) await assert.rejects(take(), isUnavailable)
  const waited = performance.now() - started
  assert.ok(
    waited > acquireMs * 0.9 && waited < acquireMs * 3,
    `${Math.round(waited)} ms instead of some ${acquireMs * 1.5}`,
  )
})

test('when somebody gets a connection, others are waited for as long as ever', async () => {
  const { take, answer } = silentPool()
  await assert.rejects(take(), isUnavailable)
  const got = take()
  answer()
  await got
  const started = performance.now()
  await assert.rejects(take(), isUnavailable)
  assert.ok(performance.now() - started > acquireMs * 0.9)
})
