import type { Cache } from './cache.ts'
import { fenced } from './fenced.ts'
import { Flights } from './flights.ts'

export interface ReadThroughOptions<Key> {
  readonly cache: Cache
  /** Put before every key. Change it with the shape of the values: a rolling start has old and new readers at once. */
  readonly name: string
  readonly keyOf?: (key: Key) => string
  readonly ttlMs: number
  /** Life of the knowledge that there is no such value; shorter by default, because nobody counts what does not exist. */
  readonly missingTtlMs?: number
  /** The part of a life by which it is shortened at random, so that what was stored together does not end together. */
  readonly jitter?: number
  readonly random?: () => number
}

/** Loads values in the order of the keys, null for what does not exist; it has to read what is committed. */
export type Load<Key, Value> = (missing: readonly Key[]) => Promise<readonly (Value | null)[]>

/**
 * Reads through a cache. A reader sees every write that was answered before it asked, as long as the cache keeps the
 * promise of {@link Cache}. Readers of one key in one process share one load, unless the key was dropped in between.
 */
export class ReadThrough<Key, Value> {
  readonly #cache: Cache
  readonly #name: string
  readonly #keyOf: (key: Key) => string
  readonly #ttlMs: number
  readonly #missingTtlMs: number
  readonly #jitter: number
  readonly #random: () => number
  readonly #flights = new Flights<Value>()

  constructor({
    cache,
    name,
    keyOf = String,
    ttlMs,
    missingTtlMs = Math.min(ttlMs, 10_000),
    jitter = 0.1,
    random = Math.random,
  }: ReadThroughOptions<Key>) {
    this.#cache = cache
    this.#name = name
    this.#keyOf = keyOf
    this.#ttlMs = ttlMs
    this.#missingTtlMs = missingTtlMs
    this.#jitter = jitter
    this.#random = random
  }

  /** In the order of the keys, null for what does not exist. @throws what `load` throws */
  async getMany(keys: readonly Key[], load: Load<Key, Value>): Promise<(Value | null)[]> {
    const names = keys.map((key) => this.#nameOf(key))
    const arrival = this.#flights.arrive()
    const lookups = await this.#cache.read(names)
    const values = new Map<string, Value | null>()
    const missing = new Map<string, string | undefined>() // with their leases
    const found = names.map((name, index) => {
      const lookup = lookups[index]
      if (lookup?.hit) return lookup.value as Value | null // only #store puts something under this name
      missing.set(name, lookup?.lease)
      return undefined
    })
    if (missing.size === 0) return found as (Value | null)[] // all were hits
    const byName = new Map(names.map((name, index) => [name, keys[index] as Key])) // of equal length
    const start = (some: readonly string[]) => this.#load(some, byName, load)
    const store = (loaded: ReadonlyMap<string, Value | null>, leases: ReadonlyMap<string, string>) =>
      this.#store(loaded, leases)
    const absent = [...missing].map(([key, lease]) => ({ key, lease }))
    await this.#flights.join({ missing: absent, arrival, start, store }, values)
    return found.map((value, index) => (value === undefined ? (values.get(names[index] ?? '') ?? null) : value))
  }

  async get(key: Key, load: Load<Key, Value>): Promise<Value | null> {
    const [value = null] = await this.getMany([key], load)
    return value
  }

  /** After a commit that changed, made or removed these. Prefer {@link writing}, which a crash cannot cut in two. */
  async invalidate(keys: readonly Key[]): Promise<void> {
    await this.#cache.drop([...new Set(keys.map((key) => this.#nameOf(key)))])
  }

  /** Runs a write that ends with its commit, with its keys fenced off before and dropped after it, also if it fails. */
  writing<Result>(keys: Iterable<Key>, write: () => Promise<Result>): Promise<Result> {
    return fenced(this.#cache, this.names(keys), write)
  }

  /** What keys are called in the cache: for a write that changes values of several readers at once. */
  names(keys: Iterable<Key>): string[] {
    return Array.from(keys, (key) => this.#nameOf(key))
  }

  async #load(
    names: readonly string[],
    byName: ReadonlyMap<string, Key>,
    load: Load<Key, Value>,
  ): Promise<Map<string, Value | null>> {
    const keys = names.map((name) => byName.get(name) as Key) // the names were made from these keys
    const loaded = await load(keys)
    if (loaded.length !== keys.length) {
      throw new TypeError(`${this.#name}: loaded ${loaded.length} values for ${keys.length} keys`)
    }
    return new Map(names.map((name, index) => [name, loaded[index] ?? null]))
  }

  #store(loaded: ReadonlyMap<string, Value | null>, leases: ReadonlyMap<string, string>): Promise<void> {
    return this.#cache.fill(
      [...leases].map(([key, lease]) => {
        const value = loaded.get(key) ?? null
        const ttlMs = (value === null ? this.#missingTtlMs : this.#ttlMs) * (1 - this.#jitter * this.#random())
        return { key, lease, value, ttlMs }
      }),
    )
  }

  #nameOf(key: Key): string {
    return `${this.#name}:${this.#keyOf(key)}`
  }
}
