import type { Cache } from '../../kit/cache/cache.ts'
import type { CacheWriter } from '../../kit/cache/cache-writer.ts'
import { CachedSets } from '../../kit/cache/cached-sets.ts'
import { fenced } from '../../kit/cache/fenced.ts'
import { ReadThrough } from '../../kit/cache/read-through.ts'
import type { CacheableFavorites, FavoriteLookups, Like, UserCounts } from './store.ts'

const ttlMs = 600_000
const countsTtlMs = 60_000

/** Who likes what, and the counts of it, read through a cache. */
export class CachedFavorites implements FavoriteLookups, CacheWriter<Like> {
  readonly #cache: Cache
  readonly #store: FavoriteLookups
  readonly #liked: CachedSets
  readonly #ofVideo: ReadThrough<number, number>
  readonly #ofUser: ReadThrough<number, UserCounts>

  constructor(store: CacheableFavorites, cache: Cache) {
    this.#cache = cache
    this.#store = store
    this.#liked = new CachedSets({
      ...{ cache, name: 'liked-by-user', ttlMs },
      membersOf: (userId, limit) => store.videosLikedBy(userId, limit),
      memberships: (userId, videoIds) => store.likedBy(userId, videoIds),
    })
    this.#ofVideo = new ReadThrough({ cache, name: 'likes-of-video', ttlMs: countsTtlMs })
    this.#ofUser = new ReadThrough({ cache, name: 'likes-of-user', ttlMs: countsTtlMs })
  }

  likedBy(userId: number, videoIds: readonly number[]): Promise<boolean[]> {
    return this.#liked.has(userId, videoIds)
  }

  async countByVideo(videoIds: readonly number[]): Promise<number[]> {
    const counts = await this.#ofVideo.getMany(videoIds, (missing) => this.#store.countByVideo(missing))
    return counts.map((count) => count ?? 0)
  }

  async countsByUser(userIds: readonly number[]): Promise<UserCounts[]> {
    const counts = await this.#ofUser.getMany(userIds, (missing) => this.#store.countsByUser(missing))
    return counts.map((count) => count ?? { given: 0, got: 0 })
  }

  writing<Result>(likes: readonly Like[], write: () => Promise<Result>): Promise<Result> {
    return fenced(this.#cache, this.#namesOf(likes), write)
  }

  invalidate(likes: readonly Like[]): Promise<void> {
    return this.#cache.drop([...new Set(this.#namesOf(likes))])
  }

  /** Everything that a like has a part in. */
  #namesOf(likes: readonly Like[]): string[] {
    return [
      ...this.#liked.names(likes.map((like) => like.user_id)),
      ...this.#ofVideo.names(likes.map((like) => like.video_id)),
      ...this.#ofUser.names(likes.flatMap((like) => [like.user_id, like.author_id])),
    ]
  }
}
