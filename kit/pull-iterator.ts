type Next<Event> = IteratorResult<Event, undefined>

const end = { done: true, value: undefined } as const

/**
 * An async iterator that makes an event when it is asked for one. Explicit, as a generator's `return()` would wait for a
 * pending `next()`: this one ends at once.
 */
export abstract class PullIterator<Event> implements AsyncIterableIterator<Event, undefined> {
  #waiting: PromiseWithResolvers<Next<Event>>[] = []
  #over = false
  /** What it ended with, until somebody is told. */
  #failure: { readonly error: unknown } | undefined

  /** The next event, if there is one now. */
  protected abstract take(): IteratorYieldResult<Event> | undefined
  /** Called once, when it ends for whatever reason. */
  protected abstract ended(): void
  /** Called when somebody waits for an event that isn't there. */
  protected wanted(): void {}

  protected get isOver(): boolean {
    return this.#over
  }

  protected get isAwaited(): boolean {
    return this.#waiting.length > 0
  }

  /** Gives those who wait what there is to take. */
  protected deliver(): void {
    while (this.isAwaited) {
      const event = this.take()
      if (!event) return
      this.#waiting.shift()?.resolve(event)
    }
  }

  next(): Promise<Next<Event>> {
    if (this.#failure) {
      const { error } = this.#failure
      this.#failure = undefined
      return Promise.reject(error)
    }
    if (this.#over) return Promise.resolve(end)
    const event = this.take()
    if (event) return Promise.resolve(event)
    const waiting = Promise.withResolvers<Next<Event>>()
    this.#waiting.push(waiting)
    this.wanted()
    return waiting.promise
  }

  async return(): Promise<Next<Event>> {
    this.#failure = undefined
    this.#finish()
    for (const { resolve } of this.#waiting.splice(0)) resolve(end)
    return end
  }

  /** Ends it with an error, for the one who waits or asks next. */
  fail(error: unknown): void {
    if (this.#over) return
    this.#finish()
    const [first, ...others] = this.#waiting.splice(0)
    if (first) first.reject(error)
    else this.#failure = { error }
    for (const { resolve } of others) resolve(end)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.ended()
  }
}
