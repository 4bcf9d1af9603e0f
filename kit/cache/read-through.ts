import type { Cache } from './cache.ts'
import { CachedValues } from './cached-values.ts'
import { Flights } from './flights.ts'
import { nameOf } from './names.ts'

export interface ReadThroughOptions {
  readonly cache: Cache
  /** The space of the keys. Change it with the shape of the values: a rolling start has old and new readers at once. */
  readonly name: string
  readonly ttlMs: number
  /** Life of the knowledge that there is no such value; shorter by default, because nobody counts what does not exist. */
  readonly missingTtlMs?: number
  /** The part of a life by which it is shortened at random, so that what was stored together does not end together. */
  readonly jitter?: number
  readonly random?: () => number
}

/** Loads values in the order of the keys, null for what does not exist; it has to read what is committed. */
export type Load<Value> = (missing: readonly number[]) => Promise<readonly (Value | null)[]>

/**
 * Reads through a cache. A reader sees every write that was answered before it asked, as long as the cache keeps the
 * promise of {@link Cache}. Readers of one key in one process share one load, unless the key was dropped in between.
 */
export class ReadThrough<Value> extends CachedValues<number> {
  readonly #name: string
  readonly #ttlMs: number
  readonly #missingTtlMs: number
  readonly #jitter: number
  readonly #random: () => number
  readonly #flights = new Flights<Value>()

  constructor({
    cache,
    name,
    ttlMs,
    missingTtlMs = Math.min(ttlMs, 10_000),
    jitter = 0.1,
    random = Math.random,
  }: ReadThroughOptions) {
    super(cache)
    this.#name = name
    this.#ttlMs = ttlMs
    this.#missingTtlMs = missingTtlMs
    this.#jitter = jitter
    this.#random = random
  }

  /** In the order of the keys, null for what does not exist. @throws what `load` throws */
  async getMany(keys: readonly number[], load: Load<Value>): Promise<(Value | null)[]> {
    const arrival = this.#flights.arrive()
    const lookups = await this.cache.read(this.#name, keys)
    const missing = new Map<number, string | undefined>() // with their leases
    const found = keys.map((key, index) => {
      const lookup = lookups[index]
      if (lookup?.hit) return lookup.value as Value | null // only #store puts something into this space
      missing.set(key, lookup?.lease)
      return undefined
    })
    if (missing.size === 0) return found as (Value | null)[] // all were hits
    const values = new Map<number, Value | null>()
    const start = (some: readonly number[]) => this.#load(some, load)
    const store = (loaded: ReadonlyMap<number, Value | null>, leases: ReadonlyMap<number, string>) =>
      this.#store(loaded, leases)
    const absent = [...missing].map(([key, lease]) => ({ key, lease }))
    await this.#flights.join({ missing: absent, arrival, start, store }, values)
    return found.map((value, index) => (value === undefined ? (values.get(keys[index] ?? 0) ?? null) : value))
  }

  /** A value that needs no asking, null for what does not exist, undefined when it has to be asked for. */
  peek(key: number): Value | null | undefined {
    return this.cache.peek(this.#name, key) as Value | null | undefined // only #store puts something into this space
  }

  async get(key: number, load: Load<Value>): Promise<Value | null> {
    const [value = null] = await this.getMany([key], load)
    return value
  }

  override namesOf(keys: readonly number[]): string[] {
    return keys.map((key) => nameOf(this.#name, key))
  }

  async #load(keys: readonly number[], load: Load<Value>): Promise<Map<number, Value | null>> {
    const loaded = await load(keys)
    if (loaded.length !== keys.length) {
      throw new TypeError(`${this.#name}: loaded ${loaded.length} values for ${keys.length} keys`)
    }
    return new Map(keys.map((key, index) => [key, loaded[index] ?? null]))
  }

  #store(loaded: ReadonlyMap<number, Value | null>, leases: ReadonlyMap<number, string>): Promise<void> {
    return this.cache.fill(
      this.#name,
      [...leases].map(([key, lease]) => {
        const value = loaded.get(key) ?? null
        const ttlMs = (value === null ? this.#missingTtlMs : this.#ttlMs) * (1 - this.#jitter * this.#random())
        return { key, lease, value, ttlMs }
      }),
    )
  }
}
