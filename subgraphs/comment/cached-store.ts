import type { Cache } from '../../kit/cache/cache.ts'
import type { CacheWriter } from '../../kit/cache/cache-writer.ts'
import { ReadThrough } from '../../kit/cache/read-through.ts'
import type { CountByVideo } from './store.ts'

const ttlMs = 60_000

/** How many comments a video has, read through a cache. */
export class CachedCommentCounts implements CountByVideo, CacheWriter<number> {
  readonly #store: CountByVideo
  readonly #counts: ReadThrough<number, number>

  constructor(store: CountByVideo, cache: Cache) {
    this.#store = store
    this.#counts = new ReadThrough({ cache, name: 'comments-of-video', ttlMs })
  }

  async countByVideo(videoIds: readonly number[]): Promise<number[]> {
    const counts = await this.#counts.getMany(videoIds, (missing) => this.#store.countByVideo(missing))
    return counts.map((count) => count ?? 0)
  }

  writing<Result>(videoIds: readonly number[], write: () => Promise<Result>): Promise<Result> {
    return this.#counts.writing(videoIds, write)
  }

  invalidate(videoIds: readonly number[]): Promise<void> {
    return this.#counts.invalidate(videoIds)
  }
}
