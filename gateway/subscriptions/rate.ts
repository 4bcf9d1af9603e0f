/** A token bucket in two numbers. */
export class Rate {
  readonly #perSecond: number
  readonly #atOnce: number
  #left: number
  #at: number

  constructor(perSecond: number, atOnce: number, now: number) {
    this.#perSecond = perSecond
    this.#atOnce = atOnce
    this.#left = atOnce
    this.#at = now
  }

  /** False when this one is too many. @param now milliseconds; a clock that is set back takes nothing away */
  allows(now: number): boolean {
    this.#left = Math.min(this.#atOnce, this.#left + (Math.max(0, now - this.#at) / 1_000) * this.#perSecond)
    this.#at = now
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}
