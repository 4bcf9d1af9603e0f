/**
 * While nobody gets a connection, all wait for the same end of it, and who comes later waits less: what one request does
 * step after step must not wait anew in each. Times are of `performance.now()`.
 */
export class Drought {
  readonly #patience: number
  #since = 0
  #lastSeen = Number.NEGATIVE_INFINITY

  constructor(patience: number) {
    this.#patience = patience
  }

  /** How long somebody who asks now may wait, in milliseconds. */
  waitFrom(now: number): number {
    // When nobody has looked for so long, nothing is known of how it is now.
    if (now - this.#lastSeen > this.#patience) this.#since = now
    this.#lastSeen = now
    return Math.max(this.#patience / 8, this.#since + this.#patience - now)
  }

  /** Somebody did not get one. */
  goesOn(now: number): void {
    this.#lastSeen = now
  }

  /** Somebody got one. */
  end(): void {
    this.#lastSeen = Number.NEGATIVE_INFINITY
  }
}
