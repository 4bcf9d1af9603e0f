import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../test/testkit/databases.ts'
import { openDatabase } from './database.ts'
import { rowsByKey } from './rows-by-key.ts'

interface Row {
  readonly a: number
  readonly b: string
}

for (const database of databases)
  describe(`rows by key on ${database.name}`, { skip: database.skip }, () => {
    test('are those of the keys that exist, whether one or hundreds are asked for', async () => {
      await using opened = await database.open()
      await using db = await openDatabase({ url: opened.url })
      await db.schema
        .createTable('entry')
        .addColumn('a', 'bigint')
        .addColumn('b', 'varchar(20)')
        .addPrimaryKeyConstraint('entry_key', ['a', 'b'])
        .execute()
      const rows = Array.from({ length: 300 }, (_, n) => ({ a: n % 30, b: `b${n}` }))
      await db.insertInto('entry').values(rows).execute()
      const found = (keys: readonly Readonly<Record<string, number | string>>[], lock = false) =>
        db.transaction().execute((tx) => rowsByKey<Row>(tx, { table: 'entry', lock }, keys))
      const sorted = (list: readonly Row[]) => list.map(({ a, b }) => `${a} ${b}`).sort()
      assert.deepEqual(await found([]), [])
      assert.deepEqual(sorted(await found([{ a: 5, b: 'b5' }], true)), ['5 b5'])
      // Columns and values crosswise are other keys.
      assert.deepEqual(
        await found([
          { a: 5, b: 'b6' },
          { a: 6, b: 'b5' },
        ]),
        [],
      )
      assert.deepEqual(sorted(await found([...rows, { a: 31, b: 'b5' }], true)), sorted(rows))
      assert.deepEqual(sorted(await found([{ a: 5 }])), sorted(rows.filter(({ a }) => a === 5)))
    })
  })
