import type { Cache } from '../../kit/cache/cache.ts'
import type { CacheWriter } from '../../kit/cache/cache-writer.ts'
import { ReadThrough } from '../../kit/cache/read-through.ts'
import type { Users } from './store.ts'
import type { UserRow } from './tables.ts'

const ttlMs = 600_000

/** Profiles, read through a cache. Neither a password's hash nor a session version is in a profile, so none is cached. */
export class CachedUsers implements Users, CacheWriter<number> {
  readonly #users: Users
  readonly #rows: ReadThrough<number, UserRow>

  constructor(users: Users, cache: Cache) {
    this.#users = users
    this.#rows = new ReadThrough({ cache, name: 'user', ttlMs })
  }

  byId(ids: readonly number[]): Promise<(UserRow | null)[]> {
    return this.#rows.getMany(ids, (missing) => this.#users.byId(missing))
  }

  writing<Result>(ids: readonly number[], write: () => Promise<Result>): Promise<Result> {
    return this.#rows.writing(ids, write)
  }

  invalidate(ids: readonly number[]): Promise<void> {
    return this.#rows.invalidate(ids)
  }
}
