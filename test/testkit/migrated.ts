import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Database, openDatabase } from '../../kit/database/database.ts'
import { type Migration, migrate } from '../../kit/database/migrate.ts'
import { kitMigrations } from '../../kit/migrations.ts'
import type { DatabaseKind } from './databases.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A database of one's own with the tables of every domain. */
export async function openMigrated(kind: DatabaseKind): Promise<AsyncDisposable & { db: Database; url: string }> {
  const opened = await kind.open()
  const db = await openDatabase({ url: opened.url })
  await migrateAll(db)
  return {
    db,
    url: opened.url,
    async [Symbol.asyncDispose]() {
      await db.destroy()
      await opened[Symbol.asyncDispose]()
    },
  }
}

/** Every migration that lies in a domain's folder. */
export async function migrateAll(db: Database): Promise<void> {
  await migrate(db, 'kit', kitMigrations)
  const files = globSync('subgraphs/*/migrations/*.ts', { cwd: root }).sort()
  for (const [domain, names] of Map.groupBy(files, (file) => file.split('/')[1] ?? '')) {
    const modules: object[] = await Promise.all(names.map((name) => import(`${root}${name}`)))
    await migrate(
      db,
      domain,
      modules.flatMap((exports) => Object.values(exports).filter(isMigration)),
    )
  }
}

const isMigration = (value: unknown): value is Migration =>
  typeof value === 'object' && value !== null && 'up' in value && 'name' in value
