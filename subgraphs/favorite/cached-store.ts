import type { Cache } from '../../kit/cache/cache.ts'
import { CachedSets } from '../../kit/cache/cached-sets.ts'
import { CachedValues } from '../../kit/cache/cached-values.ts'
import { ReadThrough } from '../../kit/cache/read-through.ts'
import type { CacheableFavorites, FavoriteLookups, Like, UserCounts } from './store.ts'

const ttlMs = 600_000

/** Who likes what, and the counts of it, read through a cache. */
export class CachedFavorites extends CachedValues<Like> implements FavoriteLookups {
  readonly #store: FavoriteLookups
  readonly #liked: CachedSets
  readonly #ofVideo: ReadThrough<number>
  readonly #ofUser: ReadThrough<UserCounts>

  constructor(store: CacheableFavorites, cache: Cache) {
    super(cache)
    this.#store = store
    this.#liked = new CachedSets({
      ...{ cache, name: 'likes-by-user', ttlMs },
      membersOf: (userId, limit) => store.videosLikedBy(userId, limit),
      memberships: (userId, videoIds) => store.likedBy(userId, videoIds),
    })
    this.#ofVideo = new ReadThrough({ cache, name: 'likes-of-video', ttlMs })
    this.#ofUser = new ReadThrough({ cache, name: 'likes-of-user', ttlMs })
  }

  readonly atHand: NonNullable<FavoriteLookups['atHand']> = {
    likedBy: (userId, videoId) => this.#liked.peek(userId, videoId),
    countByVideo: (videoId) => this.#ofVideo.peek(videoId) ?? undefined,
    countsByUser: (userId) => this.#ofUser.peek(userId) ?? undefined,
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

  override namesOf(likes: readonly Like[]): string[] {
    return [
      ...this.#liked.namesOf(likes.map((like) => like.user_id)),
      ...this.#ofVideo.namesOf(likes.map((like) => like.video_id)),
      ...this.#ofUser.namesOf(likes.flatMap((like) => [like.user_id, like.author_id])),
    ]
  }
}
