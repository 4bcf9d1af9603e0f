export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly failures?: number
  /** How long it stays open before one call may try again, in milliseconds. */
  readonly rest?: number
  readonly clock?: () => number
}

/** Keeps callers from waiting for a peer that is known to be away: after failures in a row it lets only one try at a time. */
export class Breaker {
  readonly #most: number
  readonly #rest: number
  readonly #clock: () => number
  #failures = 0
  #closedUntil = 0

  constructor({ failures = 5, rest = 500, clock = Date.now }: BreakerOptions = {}) {
    this.#most = failures
    this.#rest = rest
    this.#clock = clock
  }

  /** False while the peer should be spared. A caller that gets true has to report how it went. */
  allows(): boolean {
    if (this.#failures < this.#most) return true
    const now = this.#clock()
    if (now < this.#closedUntil) return false
    this.#closedUntil = now + this.#rest // the next try is for this caller alone
    return true
  }

  /** @returns whether it was open */
  succeeded(): boolean {
    const wasOpen = this.#failures >= this.#most
    this.#failures = 0
    return wasOpen
  }

  /** @returns whether that opened it */
  failed(): boolean {
    return this.#fail(this.#failures + 1)
  }

  /** Failed in a way that nobody else should have to wait for. @returns whether that opened it */
  gaveUp(): boolean {
    return this.#fail(Math.max(this.#most, this.#failures + 1))
  }

  #fail(failures: number): boolean {
    const opens = this.#failures < this.#most && failures >= this.#most
    this.#failures = failures
    this.#closedUntil = this.#clock() + this.#rest
    return opens
  }
}
