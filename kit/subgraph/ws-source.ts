import type { ExecutionResult } from 'graphql'
import type { RequestScope } from '../viewer.ts'
import type { DataSource, SubgraphCall, SubgraphEvents } from './data-source.ts'
import { initialCredit } from './ws-protocol.ts'

type Next = IteratorResult<ExecutionResult>

const end: Next = { done: true, value: undefined }

/** The events of one subscription on their way to another process: the source is read only as far as there is credit. */
export class CreditedEvents implements SubgraphEvents {
  readonly #abort = new AbortController()
  readonly #source: Promise<SubgraphEvents | ExecutionResult>
  #credit = initialCredit
  #over = false
  #granted: (() => void) | undefined

  constructor(source: DataSource<RequestScope>, call: SubgraphCall, scope: RequestScope) {
    this.#source = source.subscribe(call, scope, this.#abort.signal)
    this.#source.catch(() => {}) // told by next()
  }

  grant(credit: number): void {
    this.#credit += credit
    this.#granted?.()
  }

  async next(): Promise<Next> {
    const source = await this.#source
    if (this.#over) return end
    if (!(Symbol.asyncIterator in source)) throw source.errors?.[0] ?? new Error('a subscription opened without events')
    while (this.#credit === 0 && !this.#over)
      await new Promise<void>((resolve) => {
        this.#granted = resolve
      })
    if (this.#over) return end
    this.#credit--
    return source.next()
  }

  async return(): Promise<Next> {
    this.#over = true
    this.#granted?.()
    this.#abort.abort()
    return end
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
