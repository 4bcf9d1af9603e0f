import { createConnection } from 'mysql2/promise'
import type { Row, TableRows } from './rows.ts'

const rowsAtOnce = 2_000

/** Fills the empty tables of a MySQL database with long statements. */
export async function loadMysql(url: string, tables: Iterable<TableRows>): Promise<void> {
  const connection = await createConnection({ uri: url })
  await connection.query('set unique_checks = 0')
  for (const { table, columns, rows } of tables) {
    const insert = `insert into ${table} (${columns.map((column) => `\`${column}\``).join(', ')}) values ?`
    await connection.beginTransaction()
    let batch: Row[] = []
    for (const row of rows) {
      batch.push(row)
      if (batch.length < rowsAtOnce) continue
      await connection.query(insert, [batch])
      batch = []
    }
    if (batch.length > 0) await connection.query(insert, [batch])
    await connection.commit()
  }
  await connection.end()
}
