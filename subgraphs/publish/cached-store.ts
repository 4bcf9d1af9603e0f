import type { Cache } from '../../kit/cache/cache.ts'
import type { CacheWriter } from '../../kit/cache/cache-writer.ts'
import { fenced } from '../../kit/cache/fenced.ts'
import { ReadThrough } from '../../kit/cache/read-through.ts'
import type { PublishLookups } from './store.ts'
import type { VideoRow } from './tables.ts'

const ttlMs = 600_000
const countsTtlMs = 60_000

/** A video that comes or goes; without an id while that is not known. */
export interface VideoChange {
  readonly id?: number
  readonly author_id: number
}

/** Videos, and how many a user has published, read through a cache. */
export class CachedVideos implements PublishLookups, CacheWriter<VideoChange> {
  readonly #cache: Cache
  readonly #store: PublishLookups
  readonly #rows: ReadThrough<number, VideoRow>
  readonly #counts: ReadThrough<number, number>

  constructor(store: PublishLookups, cache: Cache) {
    this.#cache = cache
    this.#store = store
    this.#rows = new ReadThrough({ cache, name: 'video', ttlMs })
    this.#counts = new ReadThrough({ cache, name: 'works-of-user', ttlMs: countsTtlMs })
  }

  byIds(ids: readonly number[]): Promise<(VideoRow | null)[]> {
    return this.#rows.getMany(ids, (missing) => this.#store.byIds(missing))
  }

  async workCountByUser(userIds: readonly number[]): Promise<number[]> {
    const counts = await this.#counts.getMany(userIds, (missing) => this.#store.workCountByUser(missing))
    return counts.map((count) => count ?? 0)
  }

  writing<Result>(changes: readonly VideoChange[], write: () => Promise<Result>): Promise<Result> {
    return fenced(this.#cache, this.#namesOf(changes), write)
  }

  invalidate(changes: readonly VideoChange[]): Promise<void> {
    return this.#cache.drop([...new Set(this.#namesOf(changes))])
  }

  #namesOf(changes: readonly VideoChange[]): string[] {
    return [
      ...this.#rows.names(changes.flatMap(({ id }) => (id === undefined ? [] : [id]))),
      ...this.#counts.names(changes.map(({ author_id }) => author_id)),
    ]
  }
}
