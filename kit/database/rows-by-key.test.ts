import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../test/testkit/databases.ts'
import { openDatabase } from './database.ts'
import { createEntries, type Entry } from './entries-testkit.ts'
import { rowsByKey } from './rows-by-key.ts'

for (const database of databases)
  describe(`rows by key on ${database.name}`, { skip: database.skip }, () => {
    test('are those of the keys that exist, whether one or hundreds are asked for', async () => {
      await using opened = await database.open()
      await using db = await openDatabase({ url: opened.url })
      const rows = await createEntries(db, 300)
      const found = (keys: readonly Readonly<Record<string, number | string>>[], lock = false) =>
        db.transaction().execute((tx) => rowsByKey<Entry>(tx, { table: 'entry', lock }, keys))
      const sorted = (list: readonly Entry[]) => list.map(({ a, b }) => `${a} ${b}`).sort()
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
