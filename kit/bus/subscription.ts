import type { BusItem, BusSubscription, SubscribeOptions } from './bus.ts'

type Result = IteratorResult<BusItem, undefined>

const gap: BusItem = { type: 'gap' }
const end: Result = { done: true, value: undefined }

/**
 * A bounded queue between a channel and one consumer. Not an async generator: the `return()` of one waits behind its
 * pending `next()`, so that leaving a quiet channel would hang until its next message.
 */
export class Subscription implements BusSubscription {
  readonly #keep: number
  readonly #tellLoss: boolean
  readonly #signal: AbortSignal | undefined
  readonly #leave: () => void
  readonly #abort = () => void this.return()
  #queue: BusItem[] = []
  #gap = false
  #waiting: ((result: Result) => void)[] = []
  #ended = false

  /** @param leave called once, when the subscription ends for whatever reason */
  constructor({ keep = 16, overflow = 'drop-oldest', signal }: SubscribeOptions, leave: (self: Subscription) => void) {
    if (!(keep >= 1)) throw new RangeError('a subscription keeps at least one message')
    this.#keep = keep
    this.#tellLoss = overflow === 'drop-oldest'
    this.#signal = signal
    this.#leave = () => leave(this)
    signal?.addEventListener('abort', this.#abort, { once: true })
    if (signal?.aborted) this.#ended = true
  }

  get ended(): boolean {
    return this.#ended
  }

  receive(item: BusItem): void {
    if (this.#ended) return
    const waiting = this.#waiting.shift()
    if (waiting) waiting({ done: false, value: item })
    else if (item.type === 'gap') this.#gap = true
    else this.#enqueue(item)
  }

  #enqueue(item: BusItem): void {
    this.#queue.push(item)
    if (this.#queue.length <= this.#keep) return
    this.#queue.shift()
    if (this.#tellLoss) this.#gap = true
  }

  next(): Promise<Result> {
    if (this.#ended) return Promise.resolve(end)
    if (this.#gap) {
      this.#gap = false
      return Promise.resolve({ done: false, value: gap })
    }
    const item = this.#queue.shift()
    if (item) return Promise.resolve({ done: false, value: item })
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  async return(): Promise<Result> {
    if (this.#ended) return end
    this.#ended = true
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#queue = []
    for (const resolve of this.#waiting.splice(0)) resolve(end)
    this.#leave()
    return end
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}
