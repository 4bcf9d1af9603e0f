import { randomUUID } from 'node:crypto'
import type { Cache } from '../../kit/cache/cache.ts'
import { MemoryCache } from '../../kit/cache/memory.ts'
import { RedisCache } from '../../kit/cache/redis.ts'
import { RedisLink } from '../../kit/redis-link.ts'
import { redises, silentLog } from './redises.ts'

export interface CacheTwin {
  readonly name: string
  /** Give it to `test(name, { skip }, …)`. */
  readonly skip: string | false
  /** One empty cache as two processes see it; in memory there is but one process. */
  open(): Promise<AsyncDisposable & { readonly ours: Cache; readonly theirs: Cache }>
}

const memory: CacheTwin = {
  name: 'memory',
  skip: false,
  async open() {
    const cache = new MemoryCache()
    return { ours: cache, theirs: cache, [Symbol.asyncDispose]: () => cache[Symbol.asyncDispose]() }
  },
}

/** Patient, so that a pause of a busy machine is not taken for a fault of Redis. */
export const remoteCacheTwins: readonly CacheTwin[] = redises.map(({ name, skip, url }) => ({
  name,
  skip,
  async open() {
    const resources = new AsyncDisposableStack()
    const prefix = `test:${randomUUID()}:`
    const one = async () => {
      const link = resources.use(await RedisLink.open({ url: await url(), log: silentLog, timeoutMs: 1_000 }))
      const cache = resources.use(new RedisCache({ link, prefix }))
      await link.whenUp(5_000)
      return cache
    }
    return { ours: await one(), theirs: await one(), [Symbol.asyncDispose]: () => resources.disposeAsync() }
  },
}))

export const cacheTwins: readonly CacheTwin[] = [memory, ...remoteCacheTwins]
