const everyMs = 20
/** Longer than any request may take. */
const keptMs = 30_000

/** How late this process is itself: a refusal that lay here unread is not the fault of who sent it. */
export class Lateness implements Disposable {
  /** The worst of all, in milliseconds. */
  worst = 0
  readonly #samples: { readonly at: number; readonly late: number }[] = []
  readonly #timer: NodeJS.Timeout
  #expected = performance.now() + everyMs

  constructor() {
    this.#timer = setInterval(() => this.#sample(), everyMs)
    this.#timer.unref()
  }

  /** The worst since a time of `performance.now()`, in milliseconds. */
  since(start: number): number {
    this.#sample()
    return Math.round(Math.max(0, ...this.#samples.filter(({ at }) => at >= start).map(({ late }) => late)))
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #sample(): void {
    const at = performance.now()
    const late = Math.max(0, at - this.#expected)
    this.#expected = at + everyMs
    this.worst = Math.max(this.worst, late)
    this.#samples.push({ at, late })
    while ((this.#samples[0]?.at ?? at) < at - keptMs) this.#samples.shift()
  }
}
