import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Kysely, MysqlAdapter } from 'kysely'
import { mysqlDialect } from './mysql.ts'
import { NodeSqliteDialect } from './sqlite/dialect.ts'

/** What an observer learns of a statement after it ran. */
export interface Statement {
  readonly sql: string
  readonly durationMs: number
}

export interface DatabaseOptions {
  /** `sqlite:/path/to/file`, `sqlite::memory:` or `mysql://user:password@host:port/name` */
  readonly url: string
  /** Connections that one process holds at most; SQLite has always one. */
  readonly poolSize?: number
  /** Called after each statement; for counting and measuring. */
  readonly onStatement?: (statement: Statement) => void
  /** Called when a server could not be used, as it is away, too slow, or only reads; or a file not as it should be. */
  readonly onFault?: (error: unknown) => void
  /** Called when nothing is read or written any more until the process is started again, as a file could not be synced. */
  readonly onBroken?: () => void
}

export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { url, poolSize = 10, onStatement, onFault, onBroken } = options
  const path = sqlitePath(url)
  if (path !== undefined && path !== ':memory:') await mkdir(dirname(path), { recursive: true })
  return new Kysely({
    dialect:
      path === undefined
        ? mysqlDialect(new URL(url), { poolSize, onFault })
        : new NodeSqliteDialect(path, { onFault, onBroken }),
    ...(onStatement && {
      log: ({ query, queryDurationMillis }) => onStatement({ sql: query.sql, durationMs: queryDurationMillis }),
    }),
  })
}

/** The file of a database, or `:memory:`; undefined for one on a server. */
export function sqlitePath(url: string): string | undefined {
  if (!url.startsWith('sqlite:')) return undefined
  return url.startsWith('sqlite://') ? fileURLToPath(url.replace('sqlite:', 'file:')) : url.slice('sqlite:'.length)
}

/**
 * A database whose tables are not said: for what works on any of them. Stores take a `Kysely` of their own tables instead.
 */
// biome-ignore lint/suspicious/noExplicitAny: the type parameter of Kysely is invariant, so nothing else fits every store
export type Database = Kysely<any>

/** True on the MySQL protocol, where a reader that is about to write takes row locks; SQLite has one writer at a time. */
export const hasRowLocks = (db: Database): boolean => db.getExecutor().adapter instanceof MysqlAdapter
