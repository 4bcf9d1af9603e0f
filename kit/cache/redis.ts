import { randomUUID } from 'node:crypto'
import type { RedisClient } from '../redis.ts'
import type { RedisLink } from '../redis-link.ts'
import { type Cache, type CacheCounters, type Fill, type Hold, type Lookup, newCounters } from './cache.ts'
import { nameOf } from './names.ts'
import type { Debtor } from './owed-drops.ts'
import { RecentKeys } from './recent-keys.ts'
import { decode, encodeLease, encodeValue, fillScript, holdScript, nobody, releaseScript } from './redis-entry.ts'

export interface RedisCacheOptions {
  /** Closed by its owner, after the cache. */
  readonly link: RedisLink
  /** Put before every key, such as `app:`. */
  readonly prefix: string
  /** No value lives longer, whatever its own time to live: the bound of every staleness that nothing else bounds. */
  readonly maxTtlMs?: number
  readonly leaseMs?: number
  readonly holdMs?: number
  /** Dropped keys that are remembered, to be dropped again when Redis comes back; about 200 bytes each. */
  readonly maxRemembered?: number
  /** Milliseconds. */
  readonly now?: () => number
}

/** Keys sent at once while recovering, so that a reply is never long in coming. */
const recoveryChunk = 500

/** A cache that many processes share. Needs Redis 7, which can read a key and claim it in one command. */
export class RedisCache implements Cache, Debtor {
  readonly counters: CacheCounters = newCounters()
  readonly #link: RedisLink
  readonly #prefix: string
  readonly #maxTtlMs: number
  readonly #leaseMs: number
  readonly #holdMs: number
  readonly #dropped: RecentKeys
  readonly #me = randomUUID().slice(0, 8)
  #tokens = 0
  #batch: { readonly keys: Set<string>; readonly lookups: Promise<Map<string, Lookup>> } | undefined
  #disposed = false
  #owe: (keys: readonly string[]) => Promise<void> = async () => {}
  #oweLater: (keys: readonly string[]) => void = () => {}

  constructor({
    link,
    prefix,
    maxTtlMs = 600_000,
    leaseMs = 5_000,
    holdMs = 10_000,
    maxRemembered = 50_000,
    now = Date.now,
  }: RedisCacheOptions) {
    this.#link = link
    this.#prefix = prefix
    this.#maxTtlMs = maxTtlMs
    this.#leaseMs = leaseMs
    this.#holdMs = holdMs
    this.#dropped = new RecentKeys({ keepMs: maxTtlMs, limit: maxRemembered, now })
    link.onRecovery(() => this.#dropAgain())
  }

  /** Nothing is here: another process may have dropped it. */
  peek(): undefined {}

  /** All reads of one turn of the event loop share one trip, which starts after the last of them came. */
  async read(space: string, keys: readonly number[]): Promise<readonly Lookup[]> {
    this.#check()
    if (!this.#link.up) {
      this.counters.misses += keys.length
      return keys.map(() => ({ hit: false, lease: undefined }))
    }
    this.#batch ??= this.#newBatch()
    const { keys: wanted, lookups } = this.#batch
    const names = keys.map((key) => nameOf(space, key))
    for (const name of names) wanted.add(name)
    const found = await lookups
    return names.map((name) => {
      const lookup = found.get(name) ?? { hit: false, lease: undefined }
      this.counters[lookup.hit ? 'hits' : 'misses']++
      return lookup
    })
  }

  async fill(space: string, fills: readonly Fill[]): Promise<void> {
    this.#check()
    const replies = await this.#link.each(fills, (client, { key, lease, value, ttlMs }) => {
      const life = Math.max(1, Math.round(Math.min(ttlMs, this.#maxTtlMs)))
      return client.eval(fillScript, 1, this.#prefix + nameOf(space, key), lease, encodeValue(value), life)
    })
    for (const reply of replies) {
      if (reply.status === 'rejected') this.counters.errors++
      else this.counters[reply.value === 1 ? 'fills' : 'refused']++
    }
  }

  async hold(keys: readonly string[]): Promise<Hold> {
    this.#check()
    const hold = this.#token()
    const replies = await this.#link.each(keys, (client, key) =>
      client.eval(holdScript, 1, this.#prefix + key, hold, this.#holdMs),
    )
    this.#countErrors(replies)
    await this.#tellUndelivered(keys, replies)
    return hold
  }

  async drop(keys: readonly string[], hold?: Hold): Promise<void> {
    this.#check()
    this.counters.drops += keys.length
    for (const key of keys) this.#dropped.add(key)
    const release = async (client: RedisClient, key: string) => {
      try {
        if (hold === undefined) await client.del(this.#prefix + key)
        else await client.eval(releaseScript, 1, this.#prefix + key, hold)
      } catch (error) {
        // Also when the caller has gone on meanwhile: nobody may read before it is repeated.
        this.#link.distrust()
        throw error
      }
    }
    const replies = await this.#link.each(keys, release, { always: true })
    this.#countErrors(replies)
    await this.#tellUndelivered(keys, replies)
  }

  async doubt(keys: readonly string[]): Promise<void> {
    this.#check()
    for (const key of keys) this.#dropped.add(key)
    this.#oweLater(keys)
  }

  get reachable(): boolean {
    return this.#link.up
  }

  onUndelivered(owe: (keys: readonly string[]) => Promise<void>): void {
    this.#owe = owe
  }

  onDoubt(owe: (keys: readonly string[]) => void): void {
    this.#oweLater = owe
  }

  onRecovery(step: () => Promise<void>): void {
    this.#link.onRecovery(step)
  }

  /** Holds of writers stand: those drop their keys themselves. */
  async dropForOthers(keys: readonly string[]): Promise<void> {
    for (let start = 0; start < keys.length; start += recoveryChunk) {
      const replies = await this.#link.each(
        keys.slice(start, start + recoveryChunk),
        (client, key) => client.eval(releaseScript, 1, this.#prefix + key, nobody),
        { always: true, timeoutMs: 1_000 },
      )
      const failed = replies.find((reply) => reply.status === 'rejected')
      if (failed) throw failed.reason
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
  }

  #newBatch() {
    const keys = new Set<string>()
    const lookups = new Promise<Map<string, Lookup>>((resolve) => {
      setImmediate(() => {
        this.#batch = undefined
        resolve(this.#lookup([...keys]))
      })
    })
    return { keys, lookups }
  }

  async #lookup(keys: readonly string[]): Promise<Map<string, Lookup>> {
    const found = new Map<string, Lookup>()
    const unclaimed: string[] = []
    for (const [index, text] of (await this.#texts(keys)).entries()) {
      const key = keys[index] ?? ''
      if (text === null) unclaimed.push(key)
      else if (text !== undefined) found.set(key, asLookup(text))
    }
    const lease = encodeLease(this.#token())
    const claims = await this.#link.each(unclaimed, (client, key) =>
      client.set(this.#prefix + key, lease, 'PX', this.#leaseMs, 'NX', 'GET'),
    )
    this.#countErrors(claims)
    for (const [index, key] of unclaimed.entries()) {
      const claim = claims[index]
      if (claim?.status === 'fulfilled') found.set(key, asLookup(claim.value ?? lease))
    }
    return found
  }

  /** What the keys hold, null for nothing, undefined where there was no answer. */
  async #texts(keys: readonly string[]): Promise<(string | null | undefined)[]> {
    const names = keys.map((key) => this.#prefix + key)
    if ('nodes' in this.#link.client) {
      const replies = await this.#link.each(names, (client, name) => client.get(name))
      this.#countErrors(replies)
      return replies.map((reply) => (reply.status === 'fulfilled' ? reply.value : undefined))
    }
    // One command costs a fifth of thirty: 63 us against 297 us of CPU for a page. Only a cluster has slots to cross.
    const replies = await this.#link.each([names], (client, all) => client.mget(all))
    this.#countErrors(replies)
    const [reply] = replies
    return reply?.status === 'fulfilled' ? reply.value : names.map(() => undefined)
  }

  /**
   * Redis may have missed drops while it was away, or may have come back with what it held before them (a snapshot, a
   * replica that was behind). All keys that were dropped for as long as a value can live are dropped again.
   */
  async #dropAgain(): Promise<void> {
    if (this.#disposed) return
    await this.dropForOthers([...this.#dropped])
  }

  async #tellUndelivered(keys: readonly string[], replies: readonly PromiseSettledResult<unknown>[]): Promise<void> {
    const undelivered = keys.filter((_, n) => replies[n]?.status === 'rejected')
    if (undelivered.length > 0) await this.#owe(undelivered)
  }

  #countErrors(replies: readonly PromiseSettledResult<unknown>[]): void {
    for (const { status } of replies) if (status === 'rejected') this.counters.errors++
  }

  #token(): string {
    return `${this.#me}-${++this.#tokens}`
  }

  #check(): void {
    if (this.#disposed) throw new Error('the cache was used after it was disposed of')
  }
}

function asLookup(text: string): Lookup {
  const entry = decode(text)
  if (entry.kind === 'value') return { hit: true, value: entry.value }
  return { hit: false, lease: entry.kind === 'lease' ? entry.lease : undefined }
}
