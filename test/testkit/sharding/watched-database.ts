import { type KyselyPlugin, SqliteQueryCompiler } from 'kysely'
import type { Database } from '../../../kit/database/database.ts'
import { faultsOf } from './check-statement.ts'

/** Statements of a database that a sharded one could not run, with the reasons. */
export interface WatchedDatabase {
  readonly db: Database
  readonly faults: ReadonlyMap<string, readonly string[]>
}

/** The same database; what runs through it is checked. What runs past it is not, such as what a test asks for itself. */
export function watched(database: Database): WatchedDatabase {
  const compiler = new SqliteQueryCompiler()
  const seen = new Set<string>()
  const faults = new Map<string, readonly string[]>()
  const plugin: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      const { sql } = compiler.compileQuery(node, queryId)
      if (!seen.has(sql)) {
        seen.add(sql)
        const found = faultsOf(sql)
        if (found.length > 0) faults.set(sql, found)
      }
      return node
    },
    transformResult: async ({ result }) => result,
  }
  return { db: database.withPlugin(plugin), faults }
}
