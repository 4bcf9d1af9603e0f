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
  readonly #maxEntries: number
  readonly #maxBytes: number
  readonly #leaseMs: number
  readonly #now: () => number
  readonly #entries = new Map<string, Entry>() // the least recently used first
  #bytes = 0
  #leases = 0
  #disposed = false

  constructor({ maxEntries = 100_000, maxBytes = 64 << 20, leaseMs = 5_000, now = Date.now }: MemoryCacheOptions = {}) {
    this.#maxEntries = maxEntries
    this.#maxBytes = maxBytes
    this.#leaseMs = leaseMs
    this.#now = now
  }

  get size(): { readonly entries: number; readonly bytes: number } {
    return { entries: this.#entries.size, bytes: this.#bytes }
  }

  async read(keys: readonly string[]): Promise<readonly Lookup[]> {
    this.#check()
    return keys.map((key) => this.#readOne(key))
  }

  async fill(fills: readonly Fill[]): Promise<void> {
    this.#check()
    for (const { key, lease, value, ttlMs } of fills) {
      const found = this.#entries.get(key)
      if (!found || found.value || found.lease !== lease || found.expiresAt <= this.#now()) {
        this.counters.refused++
        continue
      }
      const text = JSON.stringify(value)
      const bytes = entryBytes + 2 * (key.length + text.length)
      // A copy: what the reader does with its value, and what JSON cannot hold, must not show in a later hit.
      this.#put(key, { value: { json: freeze(JSON.parse(text)) }, lease, expiresAt: this.#now() + ttlMs, bytes })
      this.counters.fills++
    }
  }

  /** What is held here dies with the process, so a hold has nothing to outlive and is an early drop. */
  async hold(keys: readonly string[]): Promise<Hold> {
    this.#check()
    for (const key of keys) this.#remove(key)
    return ''
  }

  async drop(keys: readonly string[]): Promise<void> {
    this.#check()
    for (const key of keys) this.#remove(key)
    this.counters.drops += keys.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    this.#entries.clear()
    this.#bytes = 0
  }

  #readOne(key: string): Lookup {
    const found = this.#entries.get(key)
    if (found && found.expiresAt > this.#now()) {
      if (!found.value) {
        this.counters.misses++
        return { hit: false, lease: found.lease }
      }
      this.#entries.delete(key)
      this.#entries.set(key, found)
      this.counters.hits++
      return { hit: true, value: found.value.json }
    }
    this.counters.misses++
    const lease = String(++this.#leases)
    const bytes = entryBytes + 2 * key.length
    this.#put(key, { value: undefined, lease, expiresAt: this.#now() + this.#leaseMs, bytes })
    return { hit: false, lease }
  }

  #put(key: string, entry: Entry): void {
    this.#remove(key)
    this.#entries.set(key, entry)
    this.#bytes += entry.bytes
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries && this.#bytes <= this.#maxBytes) break
      this.#remove(oldest)
    }
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key)
    if (!entry) return
    this.#entries.delete(key)
    this.#bytes -= entry.bytes
  }

  #check(): void {
    if (this.#disposed) throw new Error('the cache was used after it was disposed of')
  }
}

/** A reader that changes its value would change everybody's: let it fail where it does that. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) freeze(inner)
    Object.freeze(value)
  }
  return value
}
