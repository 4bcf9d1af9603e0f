import { createHash } from 'node:crypto'
import type { Bus } from '../kit/bus/bus.ts'
import { MemoryBus } from '../kit/bus/memory.ts'
import type { Cache } from '../kit/cache/cache.ts'
import { MemoryCache } from '../kit/cache/memory.ts'
import type { Debtor } from '../kit/cache/owed-drops.ts'
import type { Settings } from '../kit/env.ts'
import type { Logger } from '../kit/log.ts'
import type { ObjectStorage } from '../kit/storage/storage.ts'
import { Tokens } from '../kit/tokens.ts'
import type { Keys } from './keys.ts'
import { openStorage } from './storage.ts'

/** What the gateway and the doors need. */
export interface DoorServices {
  readonly tokens: Tokens
  readonly bus: Bus
  /** None where others may change what is in the database and could not tell. */
  readonly cache?: Cache
  /** The cache, where processes share it and may lose the way to it. */
  readonly remoteCache: Debtor | undefined
  readonly storage: ObjectStorage
  /** Signs and verifies upload tickets. */
  readonly ticketKey: Uint8Array
}

export type Closing<Opened> = Opened & { close(): Promise<void> }

/** Opens what the doors of this process need. Close it last. */
export async function openDoorServices(settings: Settings, keys: Keys, log: Logger): Promise<Closing<DoorServices>> {
  const tokens = await Tokens.create(keys.tokens)
  const twins = await openTwins(settings, log)
  const storage = await openStorage(settings)
  const ticketKey = createHash('sha256').update('upload-ticket ').update(keys.subgraphSecret).digest()
  return {
    tokens,
    bus: twins.bus,
    ...(twins.cache && { cache: twins.cache }),
    remoteCache: twins.remoteCache,
    storage,
    ticketKey,
    async close() {
      await twins.close()
      await storage[Symbol.asyncDispose]()
    },
  }
}

/** Put before every key and channel, so that others may use the same Redis. */
export const prefix = 'douyin:'

/** Whether no other process can change what is in the database: with SQLite, which takes one only. */
export const isAlone = ({ DATABASE_URL }: Settings) => !DATABASE_URL?.startsWith('mysql:')

/** Bus and cache: of this process alone, or shared through Redis. */
async function openTwins(
  settings: Settings,
  log: Logger,
): Promise<Closing<Pick<DoorServices, 'bus' | 'cache' | 'remoteCache'>>> {
  const url = settings.REDIS_URL
  if (!url) {
    const bus = new MemoryBus({ log })
    if (!isAlone(settings)) return { bus, remoteCache: undefined, close: () => disposeAll([bus]) }
    const cache = new MemoryCache()
    return { bus, cache, remoteCache: undefined, close: () => disposeAll([bus, cache]) }
  }
  const [{ RedisLink }, { RedisBus }, { RedisCache }] = await Promise.all([
    import('../kit/redis-link.ts'),
    import('../kit/bus/redis.ts'),
    import('../kit/cache/redis.ts'),
  ])
  const link = await RedisLink.open({ url, log })
  const bus = new RedisBus({ link, prefix, log })
  const cache = new RedisCache({ link, prefix })
  return { bus, cache, remoteCache: cache, close: () => disposeAll([bus, cache, link]) }
}

async function disposeAll(all: readonly AsyncDisposable[]): Promise<void> {
  for (const each of all) await each[Symbol.asyncDispose]()
}
