import { owedDropMigrations } from './cache/owed-drops.ts'
import { leaseMigrations } from './worker-lease.ts'

/** The tables that are nobody's domain. */
export const kitMigrations = [...leaseMigrations, ...owedDropMigrations]
