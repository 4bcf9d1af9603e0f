/**
 * Makes commits durable away from the event loop. SQLite itself would sync its write-ahead log in the middle of `commit`,
 * and all else in the process would wait for the disk. Here only the writer waits, for a sync that began after its commit;
 * all who wait share one.
 */
export class LogSync {
  readonly #sync: () => Promise<void>
  #next: Promise<void> | undefined
  /** Settles with the sync that was asked for last; never rejects. */
  #last: Promise<void> = Promise.resolve()
  #failure: { readonly error: unknown } | undefined

  /** @param sync makes durable what was written before it was called */
  constructor(sync: () => Promise<void>) {
    this.#sync = sync
  }

  /**
   * Resolves when everything that was written before the call is durable.
   * @throws what a sync threw, from then on always: what the system could not write it may have forgotten, so that a later
   * success would prove nothing
   */
  synced(): Promise<void> {
    this.#next ??= this.#after(this.#last)
    return this.#next
  }

  /** @throws what a sync threw, if one did */
  check(): void {
    if (this.#failure) throw this.#failure.error
  }

  /** Resolves when no sync is under way. */
  idle(): Promise<void> {
    return this.#last
  }

  #after(last: Promise<void>): Promise<void> {
    const next = last.then(async () => {
      this.#next = undefined // whoever comes from here on may have written too late for this one
      this.check()
      try {
        await this.#sync()
      } catch (error) {
        this.#failure = { error }
        throw error
      }
    })
    this.#last = next.catch(() => {})
    return next
  }
}
