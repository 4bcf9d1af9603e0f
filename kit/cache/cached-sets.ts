import type { Cache } from './cache.ts'
import { ReadThrough } from './read-through.ts'

export interface CachedSetsOptions {
  readonly cache: Cache
  readonly name: string
  readonly ttlMs: number
  /** Longer sets are not kept: they would be long to send, and to read. */
  readonly most?: number
  /** Up to `limit` members of an owner's set. */
  readonly membersOf: (owner: number, limit: number) => Promise<readonly number[]>
  /** Which of some ids are members, in their order. */
  readonly memberships: (owner: number, ids: readonly number[]) => Promise<boolean[]>
}

/**
 * The ids that belong to an owner, read through a cache whole: whoever asks for one page of memberships asks for the next
 * one soon, and a set is one key where each membership would be another. Of an owner with too many, the store is asked.
 */
export class CachedSets {
  readonly #most: number
  readonly #membersOf: CachedSetsOptions['membersOf']
  readonly #memberships: CachedSetsOptions['memberships']
  /** Ascending, so that a member is found by halves, without a set beside the list. */
  readonly #sets: ReadThrough<readonly number[] | 'many'>

  constructor({ cache, name, ttlMs, most = 500, membersOf, memberships }: CachedSetsOptions) {
    this.#most = most
    this.#membersOf = membersOf
    this.#memberships = memberships
    this.#sets = new ReadThrough({ cache, name, ttlMs })
  }

  /** Whether an id belongs to the owner, where that needs no asking. */
  peek(owner: number, id: number): boolean | undefined {
    const set = this.#sets.peek(owner)
    return set == null || set === 'many' ? undefined : includes(set, id)
  }

  /** Whether ids belong to the owner, in their order. */
  async has(owner: number, ids: readonly number[]): Promise<boolean[]> {
    const set = await this.#sets.get(owner, async () => [await this.#load(owner)])
    if (set === 'many') return this.#memberships(owner, ids)
    return ids.map((id) => includes(set ?? [], id))
  }

  /** What the sets are called in the cache: for whoever changes them. */
  namesOf(owners: readonly number[]): string[] {
    return this.#sets.namesOf(owners)
  }

  async #load(owner: number): Promise<readonly number[] | 'many'> {
    const members = await this.#membersOf(owner, this.#most + 1)
    return members.length > this.#most ? 'many' : members.toSorted((a, b) => a - b)
  }
}

function includes(ascending: readonly number[], id: number): boolean {
  let [from, to] = [0, ascending.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    const there = ascending[middle] ?? 0 // within the list
    if (there === id) return true
    if (there < id) from = middle + 1
    else to = middle
  }
  return false
}
