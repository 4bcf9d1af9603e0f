import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { openDatabase } from '../kit/database/database.ts'
import { migrate } from '../kit/database/migrate.ts'
import type { Settings } from '../kit/env.ts'
import { IdSource } from '../kit/ids.ts'
import type { Logger } from '../kit/log.ts'
import type { DataSources } from '../kit/owners.ts'
import { leaseMigrations, leaseWorker } from '../kit/worker-lease.ts'
import type { Keys } from './keys.ts'

/** Slots of a hot counter: more of them mean less waiting for each other's transactions, and more rows to sum. */
const slots = 8

/** Opens what the subgraphs of this process share. Close it after them. */
export async function openServices(
  settings: Settings,
  { log, keys, sources }: { log: Logger; keys: Keys; sources: () => DataSources },
) {
  const folder = resolve(settings.DATA_DIR)
  const db = await openDatabase({
    url: settings.DATABASE_URL ?? `sqlite:${folder}/douyin.db`,
    poolSize: settings.DATABASE_POOL,
  })
  const clock = Date.now
  await migrate(db, 'kit', leaseMigrations)
  const lease = await leaseWorker(db, {
    holder: randomUUID(),
    clock,
    onError: (err) => log.warn({ err }, 'the worker number could not be renewed'),
  })
  const ids = new IdSource(lease, clock)
  const services = { db, ids, slot: lease.worker % slots, clock, log, sources }
  return Object.assign(services, {
    async close() {
      await lease.release(ids.end)
      await db.destroy()
    },
  })
}
