import { errors } from '../../../kit/errors.ts'

/** Runs at most `limit` works at once and lets at most `waiting` more wait, first come first served. */
export class Slots {
  readonly #what: string
  readonly #waiting: number
  readonly #queue: (() => void)[] = []
  #free: number

  /** @param what named in the error that refuses one work too many */
  constructor(what: string, limit: number, waiting: number) {
    this.#what = what
    this.#free = limit
    this.#waiting = waiting
  }

  /**
   * @param signal stops the waiting; stopping the work itself is the work's own affair
   * @throws TOO_MANY_REQUESTS at once when the queue is full
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted()
    if (this.#free > 0) this.#free--
    else await this.#turn(signal)
    try {
      return await work()
    } finally {
      // Handed over rather than freed, so that a newcomer cannot overtake the one who waits.
      const next = this.#queue.shift()
      if (next) next()
      else this.#free++
    }
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.#queue.length >= this.#waiting) throw errors.tooManyRequests(this.#what)
    return new Promise((resolve, reject) => {
      const start = () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        this.#queue.splice(this.#queue.indexOf(start), 1)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#queue.push(start)
    })
  }
}
