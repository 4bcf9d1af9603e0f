import type { Cache } from '../../kit/cache/cache.ts'
import type { CacheWriter } from '../../kit/cache/cache-writer.ts'
import { ReadThrough } from '../../kit/cache/read-through.ts'
import type { VideosById } from './store.ts'
import type { VideoRow } from './tables.ts'

const ttlMs = 600_000

/** Videos, read through a cache. */
export class CachedVideos implements VideosById, CacheWriter<number> {
  readonly #videos: VideosById
  readonly #rows: ReadThrough<number, VideoRow>

  constructor(videos: VideosById, cache: Cache) {
    this.#videos = videos
    this.#rows = new ReadThrough({ cache, name: 'video', ttlMs })
  }

  async byIds(ids: readonly number[]): Promise<(VideoRow | null)[]> {
    const rows = await this.#rows.getMany(ids, (missing) => this.#videos.byIds(missing))
    return rows.map((row) => row && { ...row }) // the execution of `_entities` writes the typename into what it gets
  }

  writing<Result>(ids: readonly number[], write: () => Promise<Result>): Promise<Result> {
    return this.#rows.writing(ids, write)
  }

  invalidate(ids: readonly number[]): Promise<void> {
    return this.#rows.invalidate(ids)
  }
}
