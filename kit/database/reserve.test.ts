import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../test/testkit/databases.ts'
import { type Database, openDatabase } from './database.ts'
import { reserve } from './reserve.ts'
import { inTransaction } from './transaction.ts'

for (const database of databases)
  describe(`reserve on ${database.name}`, { skip: database.skip }, () => {
    const createTable = (db: Database) =>
      db.schema
        .createTable('sequence')
        .addColumn('a', 'bigint')
        .addColumn('b', 'bigint')
        .addColumn('last', 'bigint')
        .addColumn('note', 'varchar(10)')
        .addPrimaryKeyConstraint('sequence_key', ['a', 'b'])
        .execute()

    test('a block begins after the one before it, or later when numbers have to rise', async () => {
      await using opened = await database.open()
      await using db = await openDatabase({ url: opened.url })
      await createTable(db)
      const take = (from: number, ...blocks: [a: number, b: number, size: number][]) =>
        inTransaction(db, (tx) =>
          reserve(
            tx,
            { table: 'sequence', column: 'last', from },
            blocks.map(([a, b, size]) => ({ key: { a, b }, size, onCreate: { note: `from ${from}` } })),
          ),
        )
      assert.deepEqual(await take(1, [2, 1, 3], [1, 2, 1]), [1, 1])
      assert.deepEqual(await take(1, [1, 2, 5], [2, 1, 1], [1, 1, 1]), [2, 4, 1])
      assert.deepEqual(await take(100, [1, 2, 2]), [100])
      assert.deepEqual(await take(50, [1, 2, 1], [7, 7, 2]), [102, 50])
      assert.deepEqual(await take(1), [])
      const rows: object[] = await (db as Database)
        .selectFrom('sequence')
        .selectAll()
        .orderBy('a')
        .orderBy('b')
        .execute()
      assert.deepEqual(rows, [
        { a: 1, b: 1, last: 1, note: 'from 1' },
        { a: 1, b: 2, last: 102, note: 'from 1' },
        { a: 2, b: 1, last: 4, note: 'from 1' },
        { a: 7, b: 7, last: 51, note: 'from 50' },
      ])
    })

    test('transactions that take blocks of the same sequences at once, in any order, share no number and leave none out', async () => {
      await using opened = await database.open()
      await using db = await openDatabase({ url: opened.url })
      await createTable(db)
      const taken = new Map<number, number[]>()
      await Promise.all(
        Array.from({ length: 60 }, async (_, n) => {
          const blocks = [5, 1, 3].map((a, at) => ({ key: { a: (a + n) % 6, b: 0 }, size: 1 + ((n + at) % 4) }))
          const fails = n % 5 === 0
          const starts = await inTransaction(db, async (tx) => {
            const reserved = await reserve(tx, { table: 'sequence', column: 'last', from: 1 }, blocks)
            if (fails) throw new RangeError('rolled back')
            return reserved
          }).catch((error: unknown) => {
            assert.ok(error instanceof RangeError)
            return []
          })
          for (const [at, first] of starts.entries())
            for (let number = first; number < first + (blocks[at]?.size ?? 0); number++) {
              const a = blocks[at]?.key.a ?? -1
              taken.set(a, [...(taken.get(a) ?? []), number])
            }
        }),
      )
      assert.equal(taken.size, 6)
      for (const numbers of taken.values())
        assert.deepEqual(
          numbers.sort((a, b) => a - b),
          numbers.map((_, n) => n + 1),
        )
    })
  })
