import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { CompiledQuery, type Driver, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely'
import { LRUCache } from 'lru-cache'

/**
 * Kysely on Node's own SQLite. One connection for a file and a process: a second one would make both wait for each other
 * in blocking calls.
 */
export class NodeSqliteDialect extends SqliteDialect {
  constructor(file: string) {
    super({ database: async () => open(file) })
  }

  override createDriver(): Driver {
    const driver = super.createDriver()
    // A deferred transaction that reads before it writes fails at once when another process wrote in between.
    driver.beginTransaction = async (connection) => {
      await connection.executeQuery(CompiledQuery.raw('begin immediate'))
    }
    return driver
  }
}

function open(file: string, preparedStatements = 500): SqliteDatabase {
  const db = new DatabaseSync(file, { timeout: 5_000 })
  // `full`: an answered write survives a power cut too; writes are grouped, so the sync is paid once for many of them.
  db.exec(
    'pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -32000; pragma temp_store = memory',
  )
  const known = new LRUCache<string, SqliteStatement>({ max: preparedStatements })
  return {
    close: () => db.close(),
    prepare(sql) {
      const statement = known.get(sql) ?? adapt(db.prepare(sql))
      known.set(sql, statement)
      return statement
    },
  }
}

const adapt = (statement: StatementSync): SqliteStatement => ({
  reader: statement.columns().length > 0,
  // Rows come without a prototype, which strict deep equality takes for another type.
  all: (parameters) => statement.all(...bound(parameters)).map((row) => ({ ...row })),
  run: (parameters) => statement.run(...bound(parameters)),
  iterate: (parameters) => statement.iterate(...bound(parameters)),
})

/** A number would be bound as REAL, an object in first place as named parameters. */
function bound(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
    if (value === undefined || (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)))
      throw new TypeError(`cannot bind ${typeof value}`)
    return value as SQLInputValue // all other types that can't be bound are refused by SQLite itself
  })
}
