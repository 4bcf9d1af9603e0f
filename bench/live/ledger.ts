/** What was sent and what came of it. A sender's messages to one recipient are numbered, and sent one after the other. */
export class Ledger {
  acknowledged = 0
  received = 0
  readonly doubled: string[] = []
  readonly disordered: string[] = []
  readonly #missing = new Set<string>()
  readonly #seen = new Set<string>()
  /** The last number that came of each sender and recipient. */
  readonly #last = new Map<string, number>()

  /** Sent, and not received so far. */
  get missing(): number {
    return this.#missing.size
  }

  /** @param pair names sender and recipient */
  sent(pair: string, number: number): void {
    const name = `${pair} ${number}`
    if (!this.#seen.has(name)) this.#missing.add(name)
  }

  arrived(pair: string, number: number): void {
    const name = `${pair} ${number}`
    if (this.#seen.has(name)) {
      this.doubled.push(name)
      return
    }
    this.received++
    this.#seen.add(name)
    this.#missing.delete(name)
    const last = this.#last.get(pair) ?? -1
    if (number < last) this.disordered.push(`${name} after ${last}`)
    this.#last.set(pair, Math.max(last, number))
  }

  toString(): string {
    const { acknowledged, received, missing, doubled, disordered } = this
    const counts = `lost ${missing}, doubled ${doubled.length}, out of order ${disordered.length}`
    const examples = [...[...this.#missing].slice(0, 3), ...doubled.slice(0, 3), ...disordered.slice(0, 3)]
    return `acknowledged ${acknowledged}, received ${received}: ${[counts, ...examples].join('; ')}`
  }
}
