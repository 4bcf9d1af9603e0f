import type { Cache } from '../../kit/cache/cache.ts'
import { CachedValues } from '../../kit/cache/cached-values.ts'
import { ReadThrough } from '../../kit/cache/read-through.ts'
import type { PublishLookups } from './store.ts'
import type { VideoRow } from './tables.ts'

const ttlMs = 600_000

/** A video that comes or goes; without an id while that is not known. */
export interface VideoChange {
  readonly id?: number
  readonly author_id: number
}

/** Videos, and how many a user has published, read through a cache. */
export class CachedVideos extends CachedValues<VideoChange> implements PublishLookups {
  readonly #store: PublishLookups
  readonly #rows: ReadThrough<VideoRow>
  readonly #counts: ReadThrough<number>

  constructor(store: PublishLookups, cache: Cache) {
    super(cache)
    this.#store = store
    this.#rows = new ReadThrough({ cache, name: 'video', ttlMs })
    this.#counts = new ReadThrough({ cache, name: 'works-of-user', ttlMs })
  }

  readonly atHand: NonNullable<PublishLookups['atHand']> = {
    byId: (id) => this.#rows.peek(id),
    workCountByUser: (userId) => this.#counts.peek(userId) ?? undefined,
  }

  byIds(ids: readonly number[]): Promise<(VideoRow | null)[]> {
    return this.#rows.getMany(ids, (missing) => this.#store.byIds(missing))
  }

  async workCountByUser(userIds: readonly number[]): Promise<number[]> {
    const counts = await this.#counts.getMany(userIds, (missing) => this.#store.workCountByUser(missing))
    return counts.map((count) => count ?? 0)
  }

  override namesOf(changes: readonly VideoChange[]): string[] {
    return [
      ...this.#rows.namesOf(changes.flatMap(({ id }) => (id === undefined ? [] : [id]))),
      ...this.#counts.namesOf(changes.map(({ author_id }) => author_id)),
    ]
  }
}
