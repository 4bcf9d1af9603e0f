/** The keys that were added within the last while, each once; bounded, and the oldest are forgotten first. */
export class RecentKeys implements Iterable<string> {
  readonly #addedAt = new Map<string, number>() // the oldest first
  readonly #keepMs: number
  readonly #limit: number
  readonly #now: () => number

  constructor({ keepMs, limit, now }: { keepMs: number; limit: number; now: () => number }) {
    this.#keepMs = keepMs
    this.#limit = limit
    this.#now = now
  }

  get size(): number {
    return this.#addedAt.size
  }

  add(key: string): void {
    const now = this.#now()
    this.#addedAt.delete(key)
    this.#addedAt.set(key, now)
    for (const [oldest, at] of this.#addedAt) {
      if (at > now - this.#keepMs && this.#addedAt.size <= this.#limit) break
      this.#addedAt.delete(oldest)
    }
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#addedAt.keys()
  }
}
