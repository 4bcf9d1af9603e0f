import { skipRedis, startRedis } from './redis.ts'
import { startRedisCluster } from './redis-cluster.ts'
import { givenRedisUrl } from './required.ts'

export interface RedisKind {
  readonly name: 'redis' | 'redis cluster'
  /** Give it to `test(name, { skip }, …)`. */
  readonly skip: string | false
  /** One for all calls of a process, so use a prefix of your own. Its watchdog ends it together with this process. */
  url(): Promise<string>
}

const once = (start: () => Promise<{ readonly url: string }>): (() => Promise<string>) => {
  let server: ReturnType<typeof start> | undefined
  return async () => {
    server ??= start()
    return (await server).url
  }
}

const given = async (): Promise<string> => givenRedisUrl ?? ''
const givenKind = givenRedisUrl === undefined ? undefined : givenRedisUrl.includes(',') ? 'redis cluster' : 'redis'

/** What everything on Redis has to work with. */
export const redises: readonly RedisKind[] = [
  {
    name: 'redis',
    skip: givenKind === 'redis' ? false : skipRedis(),
    url: givenKind === 'redis' ? given : once(startRedis),
  },
  {
    name: 'redis cluster',
    skip: givenKind === 'redis cluster' ? false : skipRedis(),
    url: givenKind === 'redis cluster' ? given : once(startRedisCluster),
  },
]

export const silentLog = { info: () => {}, warn: () => {}, error: () => {} }
