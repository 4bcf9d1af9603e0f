import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../test/testkit/databases.ts'
import { openDatabase } from './database/database.ts'
import { migrate } from './database/migrate.ts'
import { IdSource, workers } from './ids.ts'
import { leaseMigrations, leaseWorker } from './worker-lease.ts'

for (const kind of databases)
  describe(`worker lease on ${kind.name}`, { skip: kind.skip }, () => {
    test('processes that start together get different numbers, and a released one can be had again', async () => {
      await using database = await kind.open()
      const db = await openDatabase({ url: database.url })
      await migrate(db, 'kit', leaseMigrations)
      const leases = await Promise.all(Array.from({ length: workers }, (_, n) => leaseWorker(db, { holder: `h${n}` })))
      assert.equal(new Set(leases.map(({ worker }) => worker)).size, workers)
      await assert.rejects(leaseWorker(db, { holder: 'late' }), /all 128 worker numbers are taken/)
      const [first] = leases
      assert.ok(first)
      await first.release(0)
      const again = await leaseWorker(db, { holder: 'late' })
      assert.equal(again.worker, first.worker)
      for (const lease of [...leases, again]) await lease.release(0)
      await db.destroy()
    })

    test('after a crash the number comes back only when its time is over, and its ids go on after the last', async () => {
      await using database = await kind.open()
      const db = await openDatabase({ url: database.url })
      await migrate(db, 'kit', leaseMigrations)
      let now = Date.UTC(2026, 0, 1)
      const clock = () => now
      const crashed = await Promise.all(
        Array.from({ length: workers }, (_, n) => leaseWorker(db, { holder: `h${n}`, clock, term: 30_000 })),
      )
      now += 30_001
      const slow = now - 10_000 // the successor's clock is behind
      await assert.rejects(leaseWorker(db, { holder: 'late', clock: () => slow }))
      const next = await leaseWorker(db, { holder: 'next', clock })
      const before = crashed.find(({ worker }) => worker === next.worker)
      assert.ok(before)
      const last = new IdSource({ ...before, from: before.until() }, () => before.until()).next()
      assert.ok(new IdSource(next, clock).next() > last)
      for (const lease of [...crashed, next]) await lease.release(0)
      await db.destroy()
    })
  })
