import {
  type DatabaseIntrospector,
  type Dialect,
  type Driver,
  type Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { SqliteDriver } from './driver.ts'
import { type FileObserver, SqliteFile } from './file.ts'

/** Kysely on Node's own SQLite. */
export class NodeSqliteDialect implements Dialect {
  readonly #open: () => Promise<SqliteFile>

  /** Like {@link SqliteFile.open}. */
  constructor(path: string, observer?: FileObserver) {
    this.#open = () => SqliteFile.open(path, observer)
  }

  createDriver(): Driver {
    return new SqliteDriver(this.#open)
  }

  createQueryCompiler(): SqliteQueryCompiler {
    return new SqliteQueryCompiler()
  }

  createAdapter(): SqliteAdapter {
    return new TurnTakingAdapter()
  }

  // biome-ignore lint/suspicious/noExplicitAny: as Kysely declares it
  createIntrospector(db: Kysely<any>): DatabaseIntrospector {
    return new SqliteIntrospector(db)
  }
}

/** Our driver has callers take turns, and knows better than Kysely when a turn is over. */
class TurnTakingAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true
  }
}
