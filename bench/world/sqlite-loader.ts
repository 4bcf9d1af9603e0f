import { DatabaseSync } from 'node:sqlite'
import type { TableRows } from './rows.ts'

/** Fills the empty tables of a SQLite file. Indexes are made after the rows, which takes a fraction of the time. */
export function loadSqlite(file: string, tables: Iterable<TableRows>, onTable: (table: string) => void): void {
  const db = new DatabaseSync(file)
  db.exec('pragma synchronous = off; pragma cache_size = -500000; pragma temp_store = memory; begin')
  const indexes = db.prepare("select name, sql from sqlite_master where type = 'index' and sql is not null").all()
  for (const { name } of indexes) db.exec(`drop index ${name}`)
  for (const { table, columns, rows } of tables) {
    onTable(table)
    const insert = db.prepare(
      `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
    )
    for (const row of rows) insert.run(...row)
  }
  onTable('indexes')
  for (const { sql } of indexes) db.exec(String(sql))
  db.exec('commit; pragma wal_checkpoint(truncate)')
  db.close()
}
