import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { OwedDrops } from '../kit/cache/owed-drops.ts'
import { type Database, openDatabase, type Statement } from '../kit/database/database.ts'
import { migrate } from '../kit/database/migrate.ts'
import { faultOf } from '../kit/database/transaction.ts'
import { type Settings, StartError } from '../kit/env.ts'
import { IdSource } from '../kit/ids.ts'
import type { Logger } from '../kit/log.ts'
import { kitMigrations } from '../kit/migrations.ts'
import type { DataSources } from '../kit/owners.ts'
import type { Services } from '../kit/services.ts'
import { leaseWorker } from '../kit/worker-lease.ts'
import { lockData } from './data-lock.ts'
import type { Closing, DoorServices } from './door-services.ts'

/** Slots of a hot counter: more of them mean less waiting for each other's transactions, and more rows to sum. */
const slots = 8

/** What the subgraphs need. */
export interface AppServices extends Services, DoorServices {
  readonly maxUploadBytes: number
}

/** Opens what the subgraphs of this process share. Close it after them. */
export async function openSubgraphServices(
  settings: Settings,
  doors: DoorServices,
  {
    log,
    sources,
    onStatement,
    onBroken,
  }: {
    log: Logger
    sources: () => DataSources
    onStatement: (statement: Statement) => void
    /** Called when the database can't be used any more until the process is started again. */
    onBroken?: () => void
  },
): Promise<Closing<AppServices>> {
  const url = databaseUrl(settings)
  await using opened = new AsyncDisposableStack()
  opened.defer(await lockData(url))
  const db: Database = await openDatabase({
    url,
    poolSize: settings.DATABASE_POOL,
    onStatement,
    onFault: seldom((err) => log.warn({ err }, 'the database could not be used')),
    ...(onBroken && { onBroken }),
  })
  opened.defer(() => db.destroy())
  const clock = Date.now
  await whenReachable(() => migrate(db, 'kit', kitMigrations), log)
  const leased = {
    holder: randomUUID(),
    clock,
    onError: (err: unknown) => log.warn({ err }, 'the worker number could not be renewed or given back'),
  }
  const lease = await whenReachable(() => leaseWorker(db, leased), log)
  const ids = new IdSource(lease, clock)
  opened.defer(() => lease.release(ids.end))
  const { tokens, bus, cache, remoteCache, storage, ticketKey } = doors
  // Only the database or Redis can be away, and both have told so themselves.
  const onError = (err: unknown) => log.debug({ err }, 'what other caches are owed could not be looked at')
  if (remoteCache) opened.use(new OwedDrops({ db, cache: remoteCache, clock, onError }))
  const maxUploadBytes = settings.MAX_UPLOAD_BYTES
  const shared = { tokens, bus, ...(cache && { cache }), remoteCache, storage, ticketKey, maxUploadBytes }
  const resources = opened.move()
  return {
    ...shared,
    ...{ db, ids, slot: lease.worker % slots, clock, log, sources },
    close: () => resources.disposeAsync(),
  }
}

/** Where the data of an app with these settings are. */
export const databaseUrl = ({ DATABASE_URL, DATA_DIR }: Settings): string =>
  DATABASE_URL ?? `sqlite:${resolve(DATA_DIR, 'douyin.db')}`

/**
 * A database that is not there yet, as when everything is started at once, is waited for.
 * @throws StartError when it does not come, or does not let us in
 */
export async function whenReachable<Result>(work: () => Promise<Result>, log: Logger): Promise<Result> {
  const deadline = performance.now() + 60_000
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
      if (/ACCESS_DENIED/.test(code))
        throw new StartError(`the database of DATABASE_URL refuses: ${(error as Error).message}`, error) // has a code
      if (faultOf(error) !== 'lost') throw error
      if (performance.now() > deadline)
        throw new StartError(`the database of DATABASE_URL can't be reached within a minute: ${code}`, error)
      if (attempt % 10 === 1) log.warn({ reason: (error as Error).message || code }, 'waiting for the database')
      await sleep(500)
    }
  }
}

/** A fault that everybody meets is told once a second. */
function seldom(tell: (error: unknown) => void): (error: unknown) => void {
  let toldAt = Number.NEGATIVE_INFINITY
  return (error) => {
    if (performance.now() - toldAt < 1_000) return
    toldAt = performance.now()
    tell(error)
  }
}
