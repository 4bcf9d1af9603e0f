/** Lets one at a time go on, in the order in which they came. */
export class Turns {
  readonly #waiting: (() => void)[] = []
  #taken = false

  /** Resolves when it is the caller's turn; nobody else's comes before {@link end}. */
  async take(): Promise<void> {
    if (this.#taken) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#taken = true
  }

  /** Runs something in a turn of its own. */
  async within(work: () => Promise<unknown>): Promise<void> {
    await this.take()
    try {
      await work()
    } finally {
      this.end()
    }
  }

  end(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#taken = false
  }
}
