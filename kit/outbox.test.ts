import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../test/testkit/databases.ts'
import { eventually } from '../test/testkit/eventually.ts'
import { type Database, openDatabase, type Statement } from './database/database.ts'
import { migrate } from './database/migrate.ts'
import { inTransaction } from './database/transaction.ts'
import { createLog } from './log.ts'
import { createOutbox, type Notice, Outbox, type OutboxOptions } from './outbox.ts'

const table = 'test_outbox'
const notices = (from: number, to: number): Notice[] =>
  Array.from({ length: to - from + 1 }, (_, n) => ({ id: from + n, ownerId: (from + n) % 7 }))

for (const database of databases)
  describe(`outbox on ${database.name}`, { skip: database.skip }, () => {
    /** Outboxes of processes that share a database; `told` is what they have told. */
    async function start() {
      const opened = await database.open()
      let looks = 0
      const onStatement = ({ sql }: Statement) => {
        if (/retry_at.? <=/.test(sql)) looks++
      }
      const db: Database = await openDatabase({ url: opened.url, onStatement })
      await migrate(db, 'test', [{ name: '0001', up: (to) => createOutbox(to, table) }])
      const log = await createLog({ level: 'silent' })
      const told: number[] = []
      const deliver = async (items: readonly Notice[]) => void told.push(...items.map(({ id }) => id))
      const outboxes: Outbox<Notice>[] = []
      const outbox = (options: Partial<OutboxOptions<Notice>> = {}) => {
        const one = new Outbox<Notice>({
          db,
          table,
          deliver,
          clock: Date.now,
          log,
          gatherMs: 1,
          everyMs: 60_000,
          ...options,
        })
        outboxes.push(one)
        return one
      }
      return {
        db,
        looks: () => looks,
        outbox,
        told,
        change: (of: Outbox<Notice>, items: readonly Notice[]) => inTransaction(db, (tx) => of.put(tx, items)),
        left: async () => (await db.selectFrom(table).select('id').execute()).length,
        async [Symbol.asyncDispose]() {
          for (const one of outboxes) await one.close()
          await db.destroy()
          await opened[Symbol.asyncDispose]()
        },
      }
    }

    test('what is sent after its commit is told once, many at a time, and then forgotten', async () => {
      await using world = await start()
      const calls: number[] = []
      const outbox = world.outbox({
        deliver: async (items) => {
          calls.push(items.length)
          world.told.push(...items.map(({ id }) => id))
        },
      })
      const all = notices(1, 120)
      await world.change(outbox, all)
      outbox.send(all.slice(0, 70))
      outbox.send(all.slice(70))
      await eventually(async () => (await world.left()) === 0)
      assert.deepEqual(
        world.told,
        all.map(({ id }) => id),
      )
      assert.deepEqual(calls, [50, 50, 20])
    })

    test('a change that is rolled back is not told', async () => {
      await using world = await start()
      const outbox = world.outbox({ everyMs: 5, attemptMs: 0 })
      const failed = inTransaction(world.db, async (tx) => {
        await outbox.put(tx, notices(1, 1))
        throw new Error('rolled back')
      })
      await assert.rejects(failed, /rolled back/)
      await world.change(outbox, notices(2, 2))
      await eventually(async () => (await world.left()) === 0)
      assert.deepEqual(world.told, [2])
    })

    test('while nobody listens it is tried again and again', async () => {
      await using world = await start()
      let failures = 0
      const outbox = world.outbox({
        everyMs: 20,
        deliver: async (items) => {
          if (failures++ < 3) throw new Error('not now')
          world.told.push(...items.map(({ id }) => id))
        },
      })
      await world.change(outbox, notices(1, 60))
      outbox.send(notices(1, 60))
      await eventually(async () => (await world.left()) === 0)
      assert.deepEqual(new Set(world.told), new Set(notices(1, 60).map(({ id }) => id)))
      assert.ok(failures >= 4)
    })

    test('what a process that died has not told is told by another, once its time is over', async () => {
      await using world = await start()
      let now = Date.now()
      const clock = () => now
      const dead = world.outbox({ clock })
      await world.change(dead, notices(1, 130))
      await dead.close()
      dead.send(notices(1, 130)) // nothing hears of it any more
      world.outbox({ clock, everyMs: 5 })
      world.outbox({ clock, everyMs: 5 })
      await eventually(() => world.looks() >= 4)
      assert.equal(await world.left(), 130)
      now += 30_000
      await eventually(async () => (await world.left()) === 0)
      assert.deepEqual(new Set(world.told), new Set(notices(1, 130).map(({ id }) => id)))
    })
  })
