import type { Cache } from '../../kit/cache/cache.ts'
import type { CacheWriter } from '../../kit/cache/cache-writer.ts'
import { fenced } from '../../kit/cache/fenced.ts'
import { ReadThrough } from '../../kit/cache/read-through.ts'
import type { FavoriteLookups, Like, LikeKey, UserCounts } from './store.ts'

const ttlMs = 600_000
const countsTtlMs = 60_000

/** Who likes what, and the counts of it, read through a cache. That a user does not like a video is known as long as that it does. */
export class CachedFavorites implements FavoriteLookups, CacheWriter<Like> {
  readonly #cache: Cache
  readonly #store: FavoriteLookups
  readonly #states: ReadThrough<LikeKey, boolean>
  readonly #ofVideo: ReadThrough<number, number>
  readonly #ofUser: ReadThrough<number, UserCounts>

  constructor(store: FavoriteLookups, cache: Cache) {
    this.#cache = cache
    this.#store = store
    const keyOf = ({ user_id, video_id }: LikeKey) => `${user_id}:${video_id}`
    this.#states = new ReadThrough({ cache, name: 'like', keyOf, ttlMs })
    this.#ofVideo = new ReadThrough({ cache, name: 'likes-of-video', ttlMs: countsTtlMs })
    this.#ofUser = new ReadThrough({ cache, name: 'likes-of-user', ttlMs: countsTtlMs })
  }

  async likedBy(userId: number, videoIds: readonly number[]): Promise<boolean[]> {
    const states = await this.#states.getMany(
      videoIds.map((video_id) => ({ user_id: userId, video_id })),
      (missing) =>
        this.#store.likedBy(
          userId,
          missing.map((key) => key.video_id),
        ),
    )
    return states.map((state) => state === true)
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
      ...this.#states.names(likes),
      ...this.#ofVideo.names(likes.map((like) => like.video_id)),
      ...this.#ofUser.names(likes.flatMap((like) => [like.user_id, like.author_id])),
    ]
  }
}
