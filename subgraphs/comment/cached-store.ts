import type { Cache } from '../../kit/cache/cache.ts'
import { CachedValues } from '../../kit/cache/cached-values.ts'
import { ReadThrough } from '../../kit/cache/read-through.ts'
import type { CountByVideo } from './store.ts'

const ttlMs = 600_000

/** How many comments a video has, read through a cache. */
export class CachedCommentCounts extends CachedValues<number> implements CountByVideo {
  readonly #store: CountByVideo
  readonly #counts: ReadThrough<number>

  constructor(store: CountByVideo, cache: Cache) {
    super(cache)
    this.#store = store
    this.#counts = new ReadThrough({ cache, name: 'comments-of-video', ttlMs })
  }

  readonly atHand: NonNullable<CountByVideo['atHand']> = {
    countByVideo: (videoId) => this.#counts.peek(videoId) ?? undefined,
  }

  async countByVideo(videoIds: readonly number[]): Promise<number[]> {
    const counts = await this.#counts.getMany(videoIds, (missing) => this.#store.countByVideo(missing))
    return counts.map((count) => count ?? 0)
  }

  override namesOf(videoIds: readonly number[]): string[] {
    return this.#counts.namesOf(videoIds)
  }
}
