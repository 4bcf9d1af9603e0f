import type { Cache } from '../../kit/cache/cache.ts'
import type { CacheWriter } from '../../kit/cache/cache-writer.ts'
import { ReadThrough } from '../../kit/cache/read-through.ts'
import type { CountsByUser, FollowCounts } from './store.ts'
import type { Pair } from './tables.ts'

const ttlMs = 60_000

/** The counts of follows, read through a cache. */
export class CachedFollowCounts implements CountsByUser, CacheWriter<Pair> {
  readonly #store: CountsByUser
  readonly #counts: ReadThrough<number, FollowCounts>

  constructor(store: CountsByUser, cache: Cache) {
    this.#store = store
    this.#counts = new ReadThrough({ cache, name: 'follows-of-user', ttlMs })
  }

  async countsByUser(userIds: readonly number[]): Promise<FollowCounts[]> {
    const counts = await this.#counts.getMany(userIds, (missing) => this.#store.countsByUser(missing))
    return counts.map((count) => count ?? { following: 0, followers: 0 })
  }

  writing<Result>(pairs: readonly Pair[], write: () => Promise<Result>): Promise<Result> {
    return this.#counts.writing(usersOf(pairs), write)
  }

  invalidate(pairs: readonly Pair[]): Promise<void> {
    return this.#counts.invalidate(usersOf(pairs))
  }
}

const usersOf = (pairs: readonly Pair[]) => pairs.flatMap(({ user_id, target_id }) => [user_id, target_id])
