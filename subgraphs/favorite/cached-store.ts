import type { Cache } from '../../kit/cache/cache.ts'
import type { CacheWriter } from '../../kit/cache/cache-writer.ts'
import { ReadThrough } from '../../kit/cache/read-through.ts'
import type { LikeKey, LikeStates } from './store.ts'

const ttlMs = 600_000

/** Who likes what, read through a cache. That a user does not like a video is known as long as that it does. */
export class CachedLikes implements LikeStates, CacheWriter<LikeKey> {
  readonly #likes: LikeStates
  readonly #states: ReadThrough<LikeKey, boolean>

  constructor(likes: LikeStates, cache: Cache) {
    this.#likes = likes
    const keyOf = ({ user_id, video_id }: LikeKey) => `${user_id}:${video_id}`
    this.#states = new ReadThrough({ cache, name: 'like', keyOf, ttlMs })
  }

  async likedBy(userId: number, videoIds: readonly number[]): Promise<boolean[]> {
    const states = await this.#states.getMany(
      videoIds.map((video_id) => ({ user_id: userId, video_id })),
      (missing) =>
        this.#likes.likedBy(
          userId,
          missing.map((key) => key.video_id),
        ),
    )
    return states.map((state) => state === true)
  }

  writing<Result>(keys: readonly LikeKey[], write: () => Promise<Result>): Promise<Result> {
    return this.#states.writing(keys, write)
  }

  invalidate(keys: readonly LikeKey[]): Promise<void> {
    return this.#states.invalidate(keys)
  }
}
