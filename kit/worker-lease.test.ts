import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { CompiledQuery, KyselyPlugin } from 'kysely'
import { databases } from '../test/testkit/databases.ts'
import { eventually } from '../test/testkit/eventually.ts'
import { type Database, openDatabase } from './database/database.ts'
import { migrate } from './database/migrate.ts'
import { IdSource, timeOf, workers } from './ids.ts'
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

    test('a number that was lost while the database was away is made good, and no id is made twice', async () => {
      await using database = await kind.open()
      const db = await openDatabase({ url: database.url })
      await migrate(db, 'kit', leaseMigrations)
      const failures: unknown[] = []
      let away = false
      const unreliable = new Proxy(db, {
        get: (target, name) => {
          if (away) throw new Error('away')
          const value = Reflect.get(target, name)
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
      const onError = (error: unknown) => failures.push(error)
      const ours = await leaseWorker(unreliable, { holder: 'ours', term: 600, onError })
      const ids = new IdSource(ours)
      const before = [ids.next(), ids.next()]
      const { worker } = ours
      away = true
      await eventually(() => failures.length >= 3)
      await eventually(() => ours.until() < Date.now())
      assert.throws(() => ids.next(), /not available/)
      // Somebody else takes the number, as its time is over, and makes ids.
      const theirs = { worker, from: ours.until() + 1, until: () => Number.MAX_SAFE_INTEGER }
      await db
        .updateTable('worker_lease')
        .set({ holder: 'theirs', until_ms: Date.now() + 60_000 })
        .execute()
      const foreign = new IdSource(theirs).next()
      away = false
      await eventually(() => ids.next())
      assert.notEqual(ours.worker, worker)
      const after = [ids.next(), ids.next()]
      const all = [...before, foreign, ...after]
      assert.equal(new Set(all).size, all.length)
      assert.deepEqual(
        [...before, ...after].toSorted((a, b) => a - b),
        [...before, ...after],
      )
      await ours.release(0)
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

    test('when a clock that was ahead is put right, ids go on, and nobody may make them again after a crash', async () => {
      await using database = await kind.open()
      let renewals = 0
      const onStatement = ({ sql }: { sql: string }) => {
        if (/^update .worker_lease/.test(sql)) renewals++
      }
      const db = await openDatabase({ url: database.url, onStatement })
      await migrate(db, 'kit', leaseMigrations)
      let now = Date.UTC(2026, 0, 1) + 3_600_000
      const clock = () => now
      const lease = await leaseWorker(db, { holder: 'ours', clock, term: 30 })
      const ids = new IdSource(lease, clock)
      const before = ids.next()
      now -= 3_600_000
      const [renewalsBefore, { worker }] = [renewals, lease]
      await eventually(() => renewals > renewalsBefore + 1) // the first may have begun before
      const after = ids.next()
      assert.ok(after > before)
      assert.equal(lease.worker, worker)
      assert.ok((await untilOf(db, worker)) >= timeOf(after))

      await db.updateTable('worker_lease').set({ holder: 'theirs' }).where('worker', '=', worker).execute()
      await eventually(() => lease.worker !== worker)
      assert.ok(ids.next() > after)
      await lease.release(0)
      await db.destroy()
    })

    test('a renewal that is slow on its way does not undo a later one', async () => {
      await using database = await kind.open()
      const db = await openDatabase({ url: database.url })
      await migrate(db, 'kit', leaseMigrations)
      let late: CompiledQuery | undefined
      const slow: KyselyPlugin = {
        transformQuery({ node, queryId }) {
          if (late || node.kind !== 'UpdateQueryNode') return node
          late = db.getExecutor().compileQuery(node, queryId)
          throw new Error('not heard of')
        },
        transformResult: async ({ result }) => result,
      }
      let now = Date.UTC(2026, 0, 1)
      const term = 600 // no other renewal comes between the two
      const lease = await leaseWorker(db.withPlugin(slow), { holder: 'ours', clock: () => now, term })
      await eventually(() => late !== undefined)
      now += 1_000
      await eventually(() => lease.until() === now + term)
      if (late) await db.executeQuery(late)
      assert.equal(await untilOf(db, lease.worker), lease.until())
      await lease.release(0)
      await db.destroy()
    })

    test('a number that can’t be given back holds up nobody who stops', async () => {
      await using database = await kind.open()
      const db = await openDatabase({ url: database.url })
      await migrate(db, 'kit', leaseMigrations)
      const failures: unknown[] = []
      const lease = await leaseWorker(db, { holder: 'ours', onError: (error) => failures.push(error) })
      await db.destroy()
      await lease.release(0)
      assert.equal(failures.length, 1)
    })
  })

const untilOf = async (db: Database, worker: number): Promise<number> => {
  const rows = db.selectFrom('worker_lease').select('until_ms')
  return Number((await rows.where('worker', '=', worker).executeTakeFirst())?.['until_ms'])
}
