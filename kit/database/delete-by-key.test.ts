import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../test/testkit/databases.ts'
import { openDatabase } from './database.ts'
import { deleteByKey, keysAtOnce } from './delete-by-key.ts'
import { createEntries } from './entries-testkit.ts'

for (const database of databases)
  describe(`deletion by key on ${database.name}`, { skip: database.skip }, () => {
    test('takes away the rows of the keys and no others, some at once', async () => {
      await using opened = await database.open()
      const deletions: string[] = []
      const onStatement = ({ sql }: { sql: string }) => void (sql.startsWith('delete') && deletions.push(sql))
      await using db = await openDatabase({ url: opened.url, onStatement })
      const rows = await createEntries(db, 5 * keysAtOnce)
      const left = async () => (await db.selectFrom('entry').select('b').execute()).map(({ b }) => b).sort()
      const expected = (from: number) =>
        rows
          .slice(from)
          .map(({ b }) => b)
          .sort()

      // Columns and values crosswise are other keys.
      const crosswise = [
        { a: 5, b: 'b6' },
        { a: 6, b: 'b5' },
      ]
      for (const keys of [[], crosswise]) await deleteByKey(db, 'entry', keys)
      assert.deepEqual(await left(), expected(0))
      await deleteByKey(db, 'entry', rows.slice(0, 2 * keysAtOnce + 1))
      assert.deepEqual(await left(), expected(2 * keysAtOnce + 1))
      assert.equal(deletions.length, 1 + 3)
    })
  })
