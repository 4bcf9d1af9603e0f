/**
 * A cache of values that a database holds. Readers find a value by a number within a space, such as the users: a number
 * costs a sixth of the text that it would have to be made into. Writers change several spaces at once, and say names,
 * `space:key` (`names.ts`). It never makes an answer wrong:
 *
 * - A reader that misses gets a *lease*, and its value is stored only while that lease still stands. Dropping a key
 *   ends its lease, so a value that was read before a change cannot be stored after it.
 * - A writer drops the keys after its commit, and with {@link Cache.hold} also fences them off before it: should it
 *   die between the two, the fence goes after a while, and what it fenced off is gone already.
 * - A cache that cannot be reached within 100 ms is a cache without values.
 *
 * What remains, for the Redis twin: a drop that cannot be delivered is repeated when Redis can be reached again, before
 * this process reads from it. Meanwhile other processes, if they do reach Redis, may read the old value, unless a hold
 * was delivered: until one of them sees in the database what is owed (`owed-drops.ts`), within a second. Only where the
 * database is away too, and the process then ends, does an old value stand until it expires. Nothing is stored for longer
 * than the `maxTtlMs` of the twin, so that is the longest that an old value can live.
 *
 * Values are JSON, and must not be changed by whoever reads them: readers may share one.
 */
export interface Cache extends AsyncDisposable {
  readonly counters: Readonly<CacheCounters>
  /** A value that is here and needs no asking, undefined otherwise: as current as one that {@link read} gives. */
  peek(space: string, key: number): unknown
  /** In the order of the keys. Never rejects while the cache is open. */
  read(space: string, keys: readonly number[]): Promise<readonly Lookup[]>
  /** Stores values under the leases of the reads that missed them, where those still stand. Never rejects. */
  fill(space: string, fills: readonly Fill[]): Promise<void>
  /** Fences names off before a write: they can be neither read nor filled until they are dropped, or for `holdMs`. */
  hold(names: readonly string[]): Promise<Hold>
  /** After a commit. Ends values, leases and one's own hold; a hold of another writer stands. Never rejects. */
  drop(names: readonly string[], hold?: Hold): Promise<void>
  /**
   * In place of the drop, after a write of which nobody knows whether it was, or will yet be, committed. Its hold stands
   * until it ends by itself, and the names are dropped again later, by whoever still can. Never rejects.
   */
  doubt(names: readonly string[]): Promise<void>
}

export type Lookup =
  | { readonly hit: true; readonly value: unknown }
  /** Equal leases of one key mean that it was not dropped between the two reads. Undefined: nothing can be said. */
  | { readonly hit: false; readonly lease: string | undefined }

export interface Fill {
  readonly key: number
  readonly lease: string
  readonly value: unknown
  readonly ttlMs: number
}

/** Names one writer among those that hold a key. */
export type Hold = string

/** Counts since the start; read them, do not keep them. */
export interface CacheCounters {
  hits: number
  misses: number
  /** Values stored. */
  fills: number
  /** Values not stored, because the key was dropped since they were read. */
  refused: number
  drops: number
  /** Commands that Redis did not answer, or answered with an error. */
  errors: number
}

export const newCounters = (): CacheCounters => ({ hits: 0, misses: 0, fills: 0, refused: 0, drops: 0, errors: 0 })
