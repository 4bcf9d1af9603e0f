import type { ExecutionResult } from 'graphql'
import { errors } from '../errors.ts'
import type { SubgraphEvents } from './data-source.ts'
import { initialCredit } from './ws-protocol.ts'

type Next = IteratorResult<ExecutionResult>

const end: Next = { done: true, value: undefined }

interface Waiting {
  resolve(next: Next): void
  reject(error: unknown): void
}

/** How a subscription speaks to its connection. */
export interface EventsWay {
  /** Lets the subgraph send so many more. */
  grant(credit: number): void
  /** Tells the subgraph to stop. Called once, and not when the subgraph ended the subscription itself. */
  leave(): void
}

/** The events of one subscription at a subgraph elsewhere. Never holds more than the credit that it gave. */
export class RemoteEvents implements SubgraphEvents {
  readonly #name: string
  readonly #way: EventsWay
  readonly #queue: ExecutionResult[] = []
  readonly #waiting: Waiting[] = []
  /** Called once, when it is over for whatever reason. */
  onOver: (() => void) | undefined
  #taken = 0
  #over = false
  #failure: { readonly error: unknown } | undefined

  constructor(name: string, way: EventsWay) {
    this.#name = name
    this.#way = way
  }

  receive(result: ExecutionResult): void {
    if (this.#over) return
    const waiting = this.#waiting.shift()
    if (waiting) {
      this.#take()
      waiting.resolve({ done: false, value: result })
    } else if (this.#queue.push(result) > initialCredit) {
      this.#way.leave()
      this.fail(errors.unavailable(this.#name, new Error('more events than credit')))
    }
  }

  /** The subgraph ended it: what has arrived can still be read. */
  complete(): void {
    this.#end()
    for (const { resolve } of this.#waiting.splice(0)) resolve(end)
  }

  /** What has arrived can still be read; then `next()` rejects, once. */
  fail(error: unknown): void {
    if (this.#over) return
    this.#end()
    const [first, ...others] = this.#waiting.splice(0)
    if (first) first.reject(error)
    else this.#failure = { error }
    for (const { resolve } of others) resolve(end)
  }

  async next(): Promise<Next> {
    const value = this.#queue.shift()
    if (value) {
      this.#take()
      return { done: false, value }
    }
    if (this.#failure) {
      const { error } = this.#failure
      this.#failure = undefined
      throw error
    }
    if (this.#over) return end
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  async return(): Promise<Next> {
    this.#queue.length = 0
    this.#failure = undefined
    if (this.#over) return end
    this.complete()
    this.#way.leave()
    return end
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #end(): void {
    this.#over = true
    this.onOver?.()
  }

  #take(): void {
    if (this.#over || ++this.#taken < initialCredit / 2) return
    this.#way.grant(this.#taken)
    this.#taken = 0
  }
}
