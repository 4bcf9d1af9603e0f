import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openDatabase } from '../kit/database/database.ts'
import { databases } from '../test/testkit/databases.ts'
import { countsOf, talliesOf, valuesOf } from './counting.ts'

for (const database of databases)
  describe(`counting on ${database.name}`, { skip: database.skip }, () => {
    test('is the same however it is cut: values that are rare, frequent, and more than a chunk', async () => {
      await using opened = await database.open()
      await using db = await openDatabase({ url: opened.url })
      await db.schema
        .createTable('entry')
        .addColumn('id', 'bigint', (column) => column.primaryKey())
        .addColumn('of', 'bigint')
        .execute()
      const collect = async (counts: AsyncGenerator<object, void>) => {
        const found: string[] = []
        for await (const row of counts) found.push(Object.values(row).join(': '))
        return found
      }
      for (const many of [0, 1, 300]) {
        const owners = Array.from({ length: many }, (_, n) => (n % 3 === 0 ? 40 : (n * 7) % 61))
        if (many > 0) await db.deleteFrom('entry').execute()
        if (many > 0)
          await db
            .insertInto('entry')
            .values(owners.map((of, id) => ({ id, of })))
            .execute()
        const values = [...new Set(owners)].sort((a, b) => a - b)
        const expected = values.map((value) => `${value}: ${owners.filter((of) => of === value).length}`)
        for (const size of [1, 2, 7, 60, 1_000]) {
          assert.deepEqual(await collect(countsOf(db, 'entry', 'of', size)), expected, `${size}`)
          assert.deepEqual((await Array.fromAsync(valuesOf(db, 'entry', 'of', size))).flat(), values, `${size}`)
          assert.deepEqual(await collect(talliesOf(db, 'entry', 'of', ['id'], size)), expected, `${size}`)
        }
      }
    })
  })
