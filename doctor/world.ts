import { lockData } from '../composition/data-lock.ts'
import { prefix } from '../composition/door-services.ts'
import { databaseUrl } from '../composition/services.ts'
import { openStorage } from '../composition/storage.ts'
import { RedisCache } from '../kit/cache/redis.ts'
import { openDatabase } from '../kit/database/database.ts'
import type { Settings } from '../kit/env.ts'
import type { RedisLog } from '../kit/redis.ts'
import { RedisLink } from '../kit/redis-link.ts'
import type { World } from './check.ts'

/**
 * What the app of these settings uses.
 * @param repair whether something is going to be changed, which can't be while an app remembers what is in an SQLite file
 * @throws StartError when it can't be
 */
export async function openWorld(
  settings: Settings,
  log: RedisLog,
  { repair = false } = {},
): Promise<World & AsyncDisposable> {
  await using opened = new AsyncDisposableStack()
  const url = databaseUrl(settings)
  if (repair) opened.defer(await lockData(url))
  const db = await openDatabase({ url, poolSize: 2 })
  opened.defer(() => db.destroy())
  const storage = opened.use(await openStorage(settings))
  const link = settings.REDIS_URL ? opened.use(await RedisLink.open({ url: settings.REDIS_URL, log })) : undefined
  const cache = link && opened.use(new RedisCache({ link, prefix }))
  const resources = opened.move()
  return { db, storage, cache, clock: Date.now, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}
