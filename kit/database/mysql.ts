import { CompiledQuery, MysqlDialect } from 'kysely'

/** Connects by the MySQL protocol: MySQL, MariaDB, TiDB, Vitess. Creates the database when the server does not have it. */
export function mysqlDialect(url: URL, poolSize: number): MysqlDialect {
  const database = decodeURIComponent(url.pathname.slice(1))
  const server = {
    host: url.hostname,
    port: Number(url.port || 3306),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    charset: 'utf8mb4_bin',
    connectTimeout: 5_000,
    ...(url.searchParams.get('tls') === 'true' ? { ssl: {} } : {}),
  }
  return new MysqlDialect({
    pool: async () => {
      // Imported late: the embedded default must not pay for a driver that it does not use.
      const { createConnection, createPool } = await import('mysql2')
      const setup = createConnection(server)
      setup.on('error', () => {}) // the promise below rejects with it
      try {
        const name = database.replaceAll('`', '``')
        await setup
          .promise()
          .query(`create database if not exists \`${name}\` character set utf8mb4 collate utf8mb4_bin`)
      } finally {
        setup.destroy()
      }
      return createPool({
        ...server,
        database,
        connectionLimit: poolSize,
        queueLimit: 10_000,
        enableKeepAlive: true,
        supportBigNumbers: true,
        decimalNumbers: true, // a sum of counters is a decimal; ours stay below 2^53
      })
    },
    onCreateConnection: async (connection) => {
      // A repeatable-read snapshot would hide the rows that a statement has just waited for.
      await connection.executeQuery(CompiledQuery.raw('set session transaction isolation level read committed'))
      await connection.executeQuery(CompiledQuery.raw('set session innodb_lock_wait_timeout = 5'))
    },
  })
}
