import { LRUCache } from 'lru-cache'
import { type Cache, type CacheCounters, type Fill, type Hold, type Lookup, newCounters } from './cache.ts'

export interface MemoryCacheOptions {
  readonly maxEntries?: number
  /** Approximate: two bytes for each character of keys and values, and 200 for each entry. */
  readonly maxBytes?: number
  readonly leaseMs?: number
  /** Milliseconds. */
  readonly now?: () => number
}

interface Entry {
  /** A lease when undefined. */
  readonly value: { readonly json: unknown } | undefined
  readonly lease: string
  readonly expiresAt: number
  readonly bytes: number
}

const entryBytes = 200

/** The cache of one process, bounded; the entry that was used least recently goes first. */
export class MemoryCache implements Cache {
  readonly counters: CacheCounters = newCounters()
  readonly #leaseMs: number
  readonly #now: () => number
  readonly #entries: LRUCache<string, Entry>
  #leases = 0
  #disposed = false

  constructor({ maxEntries = 100_000, maxBytes = 64 << 20, leaseMs = 5_000, now = Date.now }: MemoryCacheOptions = {}) {
    this.#entries = new LRUCache({
      max: maxEntries,
      maxSize: maxBytes,
      sizeCalculation: (entry) => entry.bytes,
    })
    this.#leaseMs = leaseMs
    this.#now = now
  }

  get size(): { readonly entries: number; readonly bytes: number } {
    return { entries: this.#entries.size, bytes: this.#entries.calculatedSize }
  }

  async read(keys: readonly string[]): Promise<readonly Lookup[]> {
    this.#check()
    return keys.map((key) => this.#readOne(key))
  }

  async fill(fills: readonly Fill[]): Promise<void> {
    this.#check()
    for (const { key, lease, value, ttlMs } of fills) {
      const found = this.#entries.peek(key)
      if (!found || found.value || found.lease !== lease || found.expiresAt <= this.#now()) {
        this.counters.refused++
        continue
      }
      const { json, length } = copyOf(value)
      const bytes = entryBytes + 2 * (key.length + length)
      this.#entries.set(key, { value: { json }, lease, expiresAt: this.#now() + ttlMs, bytes })
      this.counters.fills++
    }
  }

  /** What is held here dies with the process, so a hold has nothing to outlive and is an early drop. */
  async hold(keys: readonly string[]): Promise<Hold> {
    this.#check()
    for (const key of keys) this.#entries.delete(key)
    return ''
  }

  async drop(keys: readonly string[]): Promise<void> {
    this.#check()
    for (const key of keys) this.#entries.delete(key)
    this.counters.drops += keys.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    this.#entries.clear()
  }

  #readOne(key: string): Lookup {
    const found = this.#entries.get(key)
    if (found && found.expiresAt > this.#now()) {
      if (!found.value) {
        this.counters.misses++
        return { hit: false, lease: found.lease }
      }
      this.counters.hits++
      return { hit: true, value: found.value.json }
    }
    this.counters.misses++
    const lease = String(++this.#leases)
    const bytes = entryBytes + 2 * key.length
    this.#entries.set(key, { value: undefined, lease, expiresAt: this.#now() + this.#leaseMs, bytes })
    return { hit: false, lease }
  }

  #check(): void {
    if (this.#disposed) throw new Error('the cache was used after it was disposed of')
  }
}

/** A copy: what the reader does with its value, and what JSON cannot hold, must not show in a later hit. */
function copyOf(value: unknown): { readonly json: unknown; readonly length: number } {
  if (typeof value === 'boolean' || value === null) return { json: value, length: 4 }
  const text = JSON.stringify(value)
  return { json: freeze(JSON.parse(text)), length: text.length }
}

/** A reader that changes its value would change everybody's: let it fail where it does that. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) freeze(inner)
    Object.freeze(value)
  }
  return value
}
