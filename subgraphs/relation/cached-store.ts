import type { Cache } from '../../kit/cache/cache.ts'
import { CachedSets } from '../../kit/cache/cached-sets.ts'
import { CachedValues } from '../../kit/cache/cached-values.ts'
import { ReadThrough } from '../../kit/cache/read-through.ts'
import type { CacheableRelations, FollowCounts, RelationLookups } from './store.ts'
import type { Pair } from './tables.ts'

const ttlMs = 600_000

/** Whom a user follows, and the counts of it, read through a cache. */
export class CachedRelations extends CachedValues<Pair> implements RelationLookups {
  readonly #store: RelationLookups
  readonly #targets: CachedSets
  readonly #counts: ReadThrough<FollowCounts>

  constructor(store: CacheableRelations, cache: Cache) {
    super(cache)
    this.#store = store
    this.#targets = new CachedSets({
      ...{ cache, name: 'follows-by-user', ttlMs },
      membersOf: (userId, limit) => store.targetsOf(userId, limit),
      memberships: (userId, targetIds) => store.followedBy(userId, targetIds),
    })
    this.#counts = new ReadThrough({ cache, name: 'follows-of-user', ttlMs })
  }

  readonly atHand: NonNullable<RelationLookups['atHand']> = {
    countsByUser: (userId) => this.#counts.peek(userId) ?? undefined,
    followedBy: (userId, targetId) => this.#targets.peek(userId, targetId),
  }

  followedBy(userId: number, targetIds: readonly number[]): Promise<boolean[]> {
    return this.#targets.has(userId, targetIds)
  }

  async countsByUser(userIds: readonly number[]): Promise<FollowCounts[]> {
    const counts = await this.#counts.getMany(userIds, (missing) => this.#store.countsByUser(missing))
    return counts.map((count) => count ?? { following: 0, followers: 0 })
  }

  override namesOf(pairs: readonly Pair[]): string[] {
    return [
      ...this.#targets.namesOf(pairs.map((pair) => pair.user_id)),
      ...this.#counts.namesOf(pairs.flatMap((pair) => [pair.user_id, pair.target_id])),
    ]
  }
}
