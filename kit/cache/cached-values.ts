import type { Cache } from './cache.ts'
import type { CacheWriter } from './cache-writer.ts'
import { fenced } from './fenced.ts'

/** What is read through a cache: writers say what they change, and this knows what the cache calls it. */
export abstract class CachedValues<Change> implements CacheWriter<Change> {
  protected readonly cache: Cache

  constructor(cache: Cache) {
    this.cache = cache
  }

  /** The keys in the cache of everything that these changes have a part in. */
  abstract namesOf(changes: readonly Change[]): string[]

  writing<Result>(changes: readonly Change[], write: () => Promise<Result>): Promise<Result> {
    return fenced(this.cache, this.namesOf(changes), write)
  }

  invalidate(changes: readonly Change[]): Promise<void> {
    return this.cache.drop([...new Set(this.namesOf(changes))])
  }
}
