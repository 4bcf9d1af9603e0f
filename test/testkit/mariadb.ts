import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createConnection } from 'mysql2/promise'
import { findProgram, skipWithout } from './program.ts'
import { onFreePorts, ServerProcess, temporaryFolder } from './server-process.ts'

export interface MariaDb extends AsyncDisposable {
  /** `mysql://root@127.0.0.1:port`, without the name of a database. */
  readonly url: string
  stop(): Promise<void>
  kill9(): Promise<void>
  /** Again, on the same port and data. Resolves when it accepts connections. */
  start(): Promise<void>
}

/** Of MySQL 8.4, which by default refuses more than MariaDB does. */
const sqlMode =
  'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'

export const skipMariaDb = () => skipWithout(['mariadbd', 'mariadb-install-db'])

/**
 * A private MariaDB on a temporary folder, ready in about a second.
 * A commit survives `kill9()` either way; with `durable` it is also synced to the disk, as in production.
 * @throws Unavailable when MariaDB is not installed
 */
export function startMariaDb({ durable = false } = {}): Promise<MariaDb> {
  return onFreePorts((port) => makeMariaDb(port, durable))
}

async function makeMariaDb(port: number, durable: boolean): Promise<MariaDb> {
  const program = findProgram('mariadbd')
  const install = findProgram('mariadb-install-db')
  const folder = await temporaryFolder('mariadb')
  const user = userInfo().uid === 0 ? ['--user=root'] : []
  const data = `--datadir=${join(folder, 'data')}`
  // Its own: a server that starts removes what it takes for leftovers, which are the open temporary tables of others.
  const temporary = `--tmpdir=${join(folder, 'tmp')}`
  await mkdir(join(folder, 'tmp'))
  await promisify(execFile)(install, [
    '--no-defaults',
    data,
    temporary,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-name-resolve',
    ...user,
  ])
  const url = `mysql://root@127.0.0.1:${port}`
  const server = new ServerProcess(folder, {
    program,
    args: [
      '--no-defaults',
      data,
      temporary,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      '--skip-name-resolve',
      '--innodb-buffer-pool-size=64M',
      '--innodb-log-file-size=16M',
      '--performance-schema=off',
      '--max-connections=500',
      '--character-set-server=utf8mb4',
      '--collation-server=utf8mb4_bin',
      `--sql-mode=${sqlMode}`,
      // 2, not 0: with 0 the log waits inside the process, so that a killed server forgets a second of commits.
      ...(durable
        ? ['--innodb-flush-log-at-trx-commit=1']
        : ['--innodb-flush-log-at-trx-commit=2', '--innodb-flush-method=nosync']),
      ...user,
    ],
    serves: async () => {
      const connection = await createConnection({ uri: url, connectTimeout: 1_000 })
      await connection.end()
      return true
    },
  })
  return {
    url,
    stop: () => server.stop(),
    kill9: () => server.kill9(),
    start: () => server.start(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
