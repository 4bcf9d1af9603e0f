import type { Cache } from '../../kit/cache/cache.ts'
import { CachedValues } from '../../kit/cache/cached-values.ts'
import { ReadThrough } from '../../kit/cache/read-through.ts'
import type { Users } from './store.ts'
import type { UserRow } from './tables.ts'

const ttlMs = 600_000

/** Profiles, read through a cache. Neither a password's hash nor a session version is in a profile, so none is cached. */
export class CachedUsers extends CachedValues<number> implements Users {
  readonly #users: Users
  readonly #rows: ReadThrough<UserRow>

  constructor(users: Users, cache: Cache) {
    super(cache)
    this.#users = users
    this.#rows = new ReadThrough({ cache, name: 'user', ttlMs })
  }

  readonly atHand: NonNullable<Users['atHand']> = { byId: (id) => this.#rows.peek(id) }

  byId(ids: readonly number[]): Promise<(UserRow | null)[]> {
    return this.#rows.getMany(ids, (missing) => this.#users.byId(missing))
  }

  override namesOf(ids: readonly number[]): string[] {
    return this.#rows.namesOf(ids)
  }
}
