import { setTimeout as sleep } from 'node:timers/promises'
import type { Cache } from '../../kit/cache/cache.ts'
import { RedisCache } from '../../kit/cache/redis.ts'
import { RedisLink } from '../../kit/redis-link.ts'
import { type CacheTwin, cacheTwins } from './cache-twins.ts'
import { type DatabaseKind, databases } from './databases.ts'
import { oneDatabase } from './one-database.ts'
import { startProxy } from './proxy.ts'
import { skipRedis, startRedis } from './redis.ts'
import { silentLog } from './redises.ts'

/** What one process of several has of its own; all of them share one database. */
export interface ProcessParts {
  readonly database: DatabaseKind
  readonly worker: number
  readonly cache: Cache
}

export interface CachedWorldKind {
  readonly name: string
  /** Give it to `test(name, { skip }, …)`. */
  readonly skip: string | false
  /** One process where the cache is in its memory, two where they share it. */
  open(): Promise<AsyncDisposable & { readonly processes: readonly ProcessParts[] }>
}

/** Every database with every cache that it is run with. */
export const cachedWorlds: readonly CachedWorldKind[] = cacheTwins.map((cache) => {
  const database = databases[cache.name === 'memory' ? 0 : 1] as DatabaseKind // SQLite and MariaDB
  return {
    name: `${database.name} and ${cache.name}`,
    skip: database.skip || cache.skip,
    open: () => openWorld(database, cache),
  }
})

/** Starts what a test is about in each process of a world, to be stopped with `stack`. */
export async function startEach<Started extends AsyncDisposable>(
  processes: readonly ProcessParts[],
  stack: AsyncDisposableStack,
  start: (parts: ProcessParts) => Promise<Started>,
): Promise<Started[]> {
  const started: Started[] = []
  for (const parts of processes) started.push(stack.use(await start(parts)))
  return started
}

async function openWorld(kind: DatabaseKind, cache: CacheTwin) {
  const resources = new AsyncDisposableStack()
  const database = resources.use(await oneDatabase(kind))
  const { ours, theirs } = resources.use(await cache.open())
  const caches = ours === theirs ? [ours] : [ours, theirs]
  const processes = caches.map((one, worker) => ({ database, worker, cache: one }))
  return { processes, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

export const skipFailingWorld = () => databases[1]?.skip || skipRedis()

/** Two processes on MariaDB with a Redis that can be made to misbehave, and with the patience of production. */
export async function openFailingWorld() {
  const resources = new AsyncDisposableStack()
  const database = resources.use(await oneDatabase(databases[1] as DatabaseKind)) // MariaDB
  const server = resources.use(await startRedis())
  const proxy = resources.use(await startProxy(server.port))
  const one = async (worker: number): Promise<ProcessParts> => {
    const link = resources.use(await RedisLink.open({ url: `redis://127.0.0.1:${proxy.port}`, log: silentLog }))
    return { database, worker, cache: resources.use(new RedisCache({ link, prefix: 'test:' })) }
  }
  return {
    processes: [await one(0), await one(1)],
    /** Lets Redis die, come back empty, be slow and recover; takes about three seconds. */
    async misbehave() {
      for (const act of [
        () => server.kill9(),
        () => server.start(),
        () => proxy.slow(60),
        () => proxy.slow(0),
        () => proxy.cut(),
        () => proxy.blackhole(),
      ]) {
        await act()
        await sleep(500)
      }
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}
