/** What a writer owes to whoever caches what it changes. */
export interface CacheWriter<Key> {
  /** Runs a write that ends with its commit. Nobody finds an old value of these keys afterwards, also when it failed. */
  writing<Result>(keys: readonly Key[], write: () => Promise<Result>): Promise<Result>
  /** After a commit, for keys that could not be known before it. */
  invalidate(keys: readonly Key[]): Promise<void>
}

/** For writes of what nobody caches. */
export const uncached: CacheWriter<unknown> = {
  writing: (_, write) => write(),
  invalidate: async () => {},
}
