import { type Kysely, sql } from 'kysely'
import { type Database, hasRowLocks } from './database.ts'
import { inTransaction } from './transaction.ts'

/** One step of a schema; never changed after it was released. */
export interface Migration {
  /** Sorts by its leading number, such as `0001-create-user`. */
  readonly name: string
  up(db: Database): Promise<void>
}

interface MigrationTable {
  schema_migration: { domain: string; name: string; applied_at: number }
}

/**
 * Brings the tables of one domain up to date. Processes that start together wait for each other; each step runs once.
 * MySQL commits a `create table` at once, so a step that was cut short is repeated: steps say `if not exists`.
 */
export async function migrate(
  database: Database,
  domain: string,
  migrations: readonly Migration[],
  clock: () => number = Date.now,
): Promise<void> {
  const run = async (db: Database) => {
    const table: Kysely<MigrationTable> = db
    await table.schema
      .createTable('schema_migration')
      .ifNotExists()
      .addColumn('domain', 'varchar(32)', (column) => column.notNull())
      .addColumn('name', 'varchar(100)', (column) => column.notNull())
      .addColumn('applied_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('schema_migration_key', ['domain', 'name'])
      .execute()
    const rows = await table.selectFrom('schema_migration').select('name').where('domain', '=', domain).execute()
    const applied = new Set(rows.map(({ name }) => name))
    for (const migration of migrations) {
      if (applied.has(migration.name)) continue
      await migration.up(db)
      await table.insertInto('schema_migration').values({ domain, name: migration.name, applied_at: clock() }).execute()
    }
  }
  if (!hasRowLocks(database)) {
    await inTransaction(database, run) // it keeps other processes out, and a cut step leaves nothing
    return
  }
  await database.connection().execute(async (connection) => {
    // Per server, not per database, hence the name of the database in it.
    const lock = sql`concat('migrate ', left(sha1(database()), 40))`
    // Asked for again and again, because a statement that waits for long is taken for one without an answer.
    const isTaken = async () => {
      const { rows } = await sql<Record<string, number>>`select get_lock(${lock}, 1)`.execute(connection)
      return Object.values(rows[0] ?? {})[0] === 1 // whatever its name: Vitess gives it another than the statement
    }
    const deadline = performance.now() + 60_000
    while (!(await isTaken()))
      if (performance.now() > deadline) throw new Error('another process has been migrating this database for a minute')
    try {
      await run(connection)
    } finally {
      await sql`select release_lock(${lock})`.execute(connection)
    }
  })
}
