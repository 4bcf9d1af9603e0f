/**
 * Equal reads that come at once: one runs, and all that come meanwhile share the next one. Nobody gets an answer that was
 * begun before it asked, so a read still sees every write that was answered before; a herd costs two reads.
 */
export class SharedReads<Answer> {
  readonly #patience: number
  readonly #clock: () => number
  readonly #running = new Map<string, Flight<Answer>>()

  /** @param patience milliseconds after which a read is taken for stuck, and nobody waits for it any more */
  constructor(patience = 1_000, clock: () => number = Date.now) {
    this.#patience = patience
    this.#clock = clock
  }

  /**
   * @param key equal only for reads that have the same answer for everybody who asks with it
   * @param run its answer is handed to several callers, which must not change it
   */
  read(key: string, run: () => Promise<Answer>): Promise<Answer> {
    const flight = this.#running.get(key)
    if (!flight || this.#clock() - flight.since > this.#patience) return this.#begin(key, run)
    flight.next ??= flight.landed.then(() => this.#begin(key, run))
    return flight.next
  }

  #begin(key: string, run: () => Promise<Answer>): Promise<Answer> {
    const answer = run()
    const land = () => {
      if (!flight.next && this.#running.get(key) === flight) this.#running.delete(key)
    }
    const flight: Flight<Answer> = { since: this.#clock(), landed: answer.then(land, land), next: undefined }
    this.#running.set(key, flight)
    return answer
  }
}

interface Flight<Answer> {
  readonly since: number
  /** Never rejects. */
  readonly landed: Promise<void>
  /** For all who came while this one ran. */
  next: Promise<Answer> | undefined
}
