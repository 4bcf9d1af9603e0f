import { resolve } from 'node:path'
import { prefix } from '../composition/services.ts'
import { openStorage } from '../composition/storage.ts'
import { RedisCache } from '../kit/cache/redis.ts'
import { openDatabase } from '../kit/database/database.ts'
import type { Settings } from '../kit/env.ts'
import type { RedisLog } from '../kit/redis.ts'
import { RedisLink } from '../kit/redis-link.ts'
import type { World } from './check.ts'

/** What the app of these settings uses. */
export async function openWorld(settings: Settings, log: RedisLog): Promise<World & AsyncDisposable> {
  const resources = new AsyncDisposableStack()
  const db = await openDatabase({
    url: settings.DATABASE_URL ?? `sqlite:${resolve(settings.DATA_DIR, 'douyin.db')}`,
    poolSize: 2,
  })
  resources.defer(() => db.destroy())
  const storage = resources.use(await openStorage(settings))
  const link = settings.REDIS_URL ? resources.use(await RedisLink.open({ url: settings.REDIS_URL, log })) : undefined
  const cache = link && resources.use(new RedisCache({ link, prefix }))
  return { db, storage, cache, clock: Date.now, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}
