import { createHash, randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import type { Bus } from '../kit/bus/bus.ts'
import { MemoryBus } from '../kit/bus/memory.ts'
import { type Database, openDatabase } from '../kit/database/database.ts'
import { migrate } from '../kit/database/migrate.ts'
import type { Settings } from '../kit/env.ts'
import { IdSource } from '../kit/ids.ts'
import type { Logger } from '../kit/log.ts'
import type { DataSources } from '../kit/owners.ts'
import type { Services } from '../kit/services.ts'
import { DiskStorage } from '../kit/storage/disk.ts'
import type { ObjectStorage } from '../kit/storage/storage.ts'
import { Tokens } from '../kit/tokens.ts'
import { leaseMigrations, leaseWorker } from '../kit/worker-lease.ts'
import type { Keys } from './keys.ts'

/** Slots of a hot counter: more of them mean less waiting for each other's transactions, and more rows to sum. */
const slots = 8

/** What the gateway and the doors need. */
export interface DoorServices {
  readonly tokens: Tokens
  readonly bus: Bus
  readonly storage: ObjectStorage
  /** Signs and verifies upload tickets. */
  readonly ticketKey: Uint8Array
}

/** What the subgraphs need. */
export interface AppServices extends Services, DoorServices {
  readonly maxUploadBytes: number
}

export type Closing<Opened> = Opened & { close(): Promise<void> }

/** Opens what the doors of this process need. Close it last. */
export async function openDoorServices(settings: Settings, keys: Keys, log: Logger): Promise<Closing<DoorServices>> {
  const tokens = await Tokens.create(keys.tokens)
  const bus = new MemoryBus({ log })
  const storage = await DiskStorage.open(resolve(settings.DATA_DIR, 'media'))
  const ticketKey = createHash('sha256').update('upload-ticket ').update(keys.subgraphSecret).digest()
  return {
    tokens,
    bus,
    storage,
    ticketKey,
    async close() {
      await bus[Symbol.asyncDispose]()
      await storage[Symbol.asyncDispose]()
    },
  }
}

/** Opens what the subgraphs of this process share. Close it after them. */
export async function openSubgraphServices(
  settings: Settings,
  doors: DoorServices,
  { log, sources }: { log: Logger; sources: () => DataSources },
): Promise<Closing<AppServices>> {
  const db: Database = await openDatabase({
    url: settings.DATABASE_URL ?? `sqlite:${resolve(settings.DATA_DIR, 'douyin.db')}`,
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
  const { tokens, bus, storage, ticketKey } = doors
  const maxUploadBytes = settings.MAX_UPLOAD_BYTES
  const shared = { tokens, bus, storage, ticketKey, maxUploadBytes }
  return {
    ...shared,
    ...{ db, ids, slot: lease.worker % slots, clock, log, sources },
    async close() {
      await lease.release(ids.end)
      await db.destroy()
    },
  }
}
