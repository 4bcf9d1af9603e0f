import { MysqlDialect } from 'kysely'
import type { ConnectionOptions } from 'mysql2'
import { type Bounds, boundedPool } from './bounded-pool.ts'

/** Whoever can't be served hears so within a second; a statement may wait for a row lock, and still ends before its request. */
const defaultBounds = { acquireMs: 600, statementMs: 5_000, recheckMs: 1_000 }

const setup = [
  // A repeatable-read snapshot would hide the rows that a statement has just waited for.
  'set session transaction isolation level read committed',
  'set session innodb_lock_wait_timeout = 3',
]

export interface MysqlOptions extends Partial<Omit<Bounds, 'setup'>> {
  readonly poolSize: number
}

/** Connects by the MySQL protocol: MySQL, MariaDB, TiDB, Vitess. Creates the database when the server does not have it. */
export function mysqlDialect(url: URL, { poolSize, ...bounds }: MysqlOptions): MysqlDialect {
  const database = decodeURIComponent(url.pathname.slice(1))
  const server: ConnectionOptions = {
    host: url.hostname,
    port: Number(url.port || 3306),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    charset: 'utf8mb4_bin',
    // A server that is only starting takes connections and does not answer them: sooner tried again than waited for.
    connectTimeout: 600,
    ...(url.searchParams.get('tls') === 'true' ? { ssl: {} } : {}),
  }
  return new MysqlDialect({
    pool: async () => {
      await createMissing(database, server)
      // Imported late: the embedded default must not pay for a driver that it does not use.
      const { createPool } = await import('mysql2')
      const pool = createPool({
        ...server,
        database,
        connectionLimit: poolSize,
        queueLimit: 10_000,
        enableKeepAlive: true,
        supportBigNumbers: true,
        decimalNumbers: true, // a sum of counters is a decimal; ours stay below 2^53
      })
      return boundedPool(pool, { ...defaultBounds, ...bounds, setup })
    },
  })
}

/** Looks first: an account may have every right to its database, and none to make one. */
async function createMissing(database: string, server: ConnectionOptions): Promise<void> {
  const { createConnection } = await import('mysql2/promise')
  try {
    await (await createConnection({ ...server, database })).end()
    return
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ER_BAD_DB_ERROR')) throw error
  }
  const connection = await createConnection(server)
  const name = database.replaceAll('`', '``')
  try {
    await connection.query(`create database if not exists \`${name}\` character set utf8mb4 collate utf8mb4_bin`)
  } finally {
    connection.destroy()
  }
}
