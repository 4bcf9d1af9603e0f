import { setImmediate as nextTurn } from 'node:timers/promises'
import { faultOf } from './database/transaction.ts'

/**
 * A DataLoader for writes. What is asked for in one turn of the event loop, or while a batch is being committed,
 * goes together in one transaction. An idle store therefore writes at once, and a busy one pays one commit for many callers.
 *
 * `commit` gets the items in the order of their arrival and resolves, after its commit, to one outcome for each of them.
 * An outcome that is an Error fails only its own caller. When `commit` itself rejects, every item is tried again alone,
 * so that one poisonous item can't fail its neighbours: `commit` has to be idempotent. When the database is away, or
 * others hold what is needed for too long, that is no item's fault: all are refused at once instead of each in turn, and
 * while it is away those that wait with them.
 */
export class WriteBatch<Item, Outcome> {
  readonly #commit: (items: readonly Item[]) => Promise<readonly (Outcome | Error)[]>
  readonly #most: number
  #waiting: Waiting<Item, Outcome>[] = []
  #running = false

  constructor(commit: (items: readonly Item[]) => Promise<readonly (Outcome | Error)[]>, most = 200) {
    this.#commit = commit
    this.#most = most
  }

  /** Resolves after the commit that made the item durable. */
  add(item: Item): Promise<Outcome> {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
    this.#waiting.push({ item, resolve, reject })
    if (!this.#running) {
      this.#running = true
      void this.#drain()
    }
    return promise
  }

  async #drain(): Promise<void> {
    for (;;) {
      // Once round the loop: a database in this process keeps everything waiting while it commits, and whoever asked
      // meanwhile is heard only now.
      await nextTurn()
      if (this.#waiting.length === 0) break
      const batch = this.#waiting.splice(0, this.#most)
      try {
        settle(batch, await this.#commit(batch.map(({ item }) => item)))
      } catch (error) {
        if (this.#refuses(batch, error)) continue
        if (batch.length === 1) batch[0]?.reject(error)
        else await this.#oneByOne(batch)
      }
    }
    this.#running = false
  }

  async #oneByOne(batch: readonly Waiting<Item, Outcome>[]): Promise<void> {
    for (const [n, waiting] of batch.entries()) {
      try {
        settle([waiting], await this.#commit([waiting.item]))
      } catch (error) {
        if (this.#refuses(batch.slice(n), error)) return
        waiting.reject(error)
      }
    }
  }

  /** @returns whether it was no item's fault */
  #refuses(batch: readonly Waiting<Item, Outcome>[], error: unknown): boolean {
    const fault = faultOf(error)
    if (fault === 'other') return false
    const also = fault === 'lost' ? this.#waiting.splice(0) : []
    for (const { reject } of [...batch, ...also]) reject(error)
    return true
  }
}

interface Waiting<Item, Outcome> {
  readonly item: Item
  resolve(outcome: Outcome): void
  reject(error: unknown): void
}

function settle<Item, Outcome>(batch: readonly Waiting<Item, Outcome>[], outcomes: readonly (Outcome | Error)[]): void {
  batch.forEach((waiting, n) => {
    const outcome = outcomes[n]
    if (outcome instanceof Error) waiting.reject(outcome)
    else waiting.resolve(outcome as Outcome) // one outcome for each item is the contract of `commit`
  })
}
