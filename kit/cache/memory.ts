import { LRUCache } from 'lru-cache'
import { type Cache, type CacheCounters, type Fill, type Hold, type Lookup, newCounters } from './cache.ts'
import { fromName } from './names.ts'

export interface MemoryCacheOptions {
  readonly maxEntries?: number
  /** Approximate: two bytes for each character of values, and 200 for each entry. */
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

/** Entries by key; what was used least recently goes first. */
type Space = LRUCache<number, Entry>

/** The cache of one process, bounded; what was used least recently goes first, from the space that has the most bytes. */
export class MemoryCache implements Cache {
  readonly counters: CacheCounters = newCounters()
  readonly #leaseMs: number
  readonly #now: () => number
  readonly #maxEntries: number
  readonly #maxBytes: number
  readonly #spaces = new Map<string, Space>()
  #leases = 0
  #disposed = false

  constructor({ maxEntries = 100_000, maxBytes = 64 << 20, leaseMs = 5_000, now = Date.now }: MemoryCacheOptions = {}) {
    this.#maxEntries = maxEntries
    this.#maxBytes = maxBytes
    this.#leaseMs = leaseMs
    this.#now = now
  }

  get size(): { readonly entries: number; readonly bytes: number } {
    let entries = 0
    let bytes = 0
    for (const space of this.#spaces.values()) {
      entries += space.size
      bytes += space.calculatedSize
    }
    return { entries, bytes }
  }

  peek(name: string, key: number): unknown {
    this.#check()
    const found = this.#spaceOf(name).get(key)
    if (!found?.value || found.expiresAt <= this.#now()) return undefined // whoever reads it then, counts the miss
    this.counters.hits++
    return found.value.json
  }

  async read(name: string, keys: readonly number[]): Promise<readonly Lookup[]> {
    this.#check()
    const space = this.#spaceOf(name)
    return keys.map((key) => this.#readOne(space, key))
  }

  async fill(name: string, fills: readonly Fill[]): Promise<void> {
    this.#check()
    const space = this.#spaceOf(name)
    for (const { key, lease, value, ttlMs } of fills) {
      const found = space.peek(key)
      if (!found || found.value || found.lease !== lease || found.expiresAt <= this.#now()) {
        this.counters.refused++
        continue
      }
      const { json, length } = copyOf(value)
      this.#put(space, key, { value: { json }, lease, expiresAt: this.#now() + ttlMs, bytes: entryBytes + 2 * length })
      this.counters.fills++
    }
  }

  /** What is held here dies with the process, so a hold has nothing to outlive and is an early drop. */
  async hold(names: readonly string[]): Promise<Hold> {
    this.#check()
    this.#delete(names)
    return ''
  }

  async drop(names: readonly string[]): Promise<void> {
    this.#check()
    this.#delete(names)
    this.counters.drops += names.length
  }

  /** Of a database whose commits may come late this is never a cache: other processes could not tell it of theirs. */
  doubt(names: readonly string[]): Promise<void> {
    return this.drop(names)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    this.#spaces.clear()
  }

  #readOne(space: Space, key: number): Lookup {
    const found = space.get(key)
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
    this.#put(space, key, { value: undefined, lease, expiresAt: this.#now() + this.#leaseMs, bytes: entryBytes })
    return { hit: false, lease }
  }

  #put(space: Space, key: number, entry: Entry): void {
    space.set(key, entry)
    for (let size = this.size; size.entries > this.#maxEntries || size.bytes > this.#maxBytes; size = this.size)
      this.#largest().pop()
  }

  #delete(names: readonly string[]): void {
    for (const name of names) {
      const { space, key } = fromName(name)
      this.#spaces.get(space)?.delete(key)
    }
  }

  #spaceOf(name: string): Space {
    const known = this.#spaces.get(name)
    if (known) return known
    const space: Space = new LRUCache({ maxSize: this.#maxBytes, sizeCalculation: (entry) => entry.bytes })
    this.#spaces.set(name, space)
    return space
  }

  #largest(): Space {
    return [...this.#spaces.values()].reduce((one, other) => (other.calculatedSize > one.calculatedSize ? other : one))
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
