import { setTimeout as sleep } from 'node:timers/promises'
import { errors } from '../../kit/errors.ts'
import type { SubgraphCall, SubgraphEvents } from '../../kit/subgraph/data-source.ts'
import type { Viewer } from '../../kit/viewer.ts'
import { isPassing } from './answer.ts'
import type { SubscriptionPlan } from './plan.ts'
import type { RelayContext } from './relay.ts'

/** Milliseconds after which a subscription is taken to have been open: an owner elsewhere takes it before it can refuse. */
const settled = 1_000
/** Milliseconds after which a subscription that held is taken as a fresh start. */
const steady = 10_000

/** A subscription at its owner, opened again for as long as that makes sense. */
export class Upstream {
  readonly #relay: RelayContext
  readonly #plan: SubscriptionPlan
  readonly #call: () => SubgraphCall
  readonly #who: { readonly viewer: Viewer | null; readonly origin: string }
  readonly #abort = new AbortController()
  #events: SubgraphEvents | undefined

  /** @param call asked anew for each opening, as it says from where to go on */
  constructor(
    relay: RelayContext,
    plan: SubscriptionPlan,
    call: () => SubgraphCall,
    who: { readonly viewer: Viewer | null; readonly origin: string },
  ) {
    this.#relay = relay
    this.#plan = plan
    this.#call = call
    this.#who = who
  }

  /** Ends it at once, whatever it is doing. */
  close(): void {
    this.#abort.abort()
    void this.#events?.return()
  }

  /**
   * Hands the events of each opening to `consume`, and resolves when the owner has ended the subscription or it was
   * closed. An owner that is away is asked again: for a first opening until patience ends, as who has nothing yet is
   * better told; once open for as long as somebody is there for it, but only where nothing can be missed by it.
   * @throws what the owner refused with, as an AggregateError when that was several
   */
  async read(consume: (events: SubgraphEvents) => Promise<void>): Promise<void> {
    const { clock, backoff, patience } = this.#relay
    const reopens = this.#plan.delivery !== 'resume'
    let attempt = 0
    let taken = false
    let opened = false
    const since = clock()
    for (;;) {
      let openedAt: number | undefined
      try {
        const events = await this.#open()
        if (this.#abort.signal.aborted) return
        openedAt = clock()
        await consume(events)
        return
      } catch (error) {
        if (this.#abort.signal.aborted) return
        const now = clock()
        const held = openedAt === undefined ? 0 : now - openedAt
        taken ||= openedAt !== undefined
        opened ||= held >= settled
        if (held >= steady) attempt = 0
        const inTime = opened || now - since < patience.opening
        if (!inTime || (taken && !reopens) || !isPassing(error)) throw error
      }
      this.#relay.counts.reopenings++
      await this.#pause(backoff.delay(attempt++))
      if (this.#abort.signal.aborted) return
    }
  }

  async #open(): Promise<SubgraphEvents> {
    const source = this.#relay.sources().get(this.#plan.owner)
    if (!source) throw errors.unavailable(this.#plan.owner)
    const { viewer, origin } = this.#who
    const { signal } = this.#abort
    const result = await source.subscribe(this.#call(), this.#relay.scope(viewer, origin), signal)
    if (Symbol.asyncIterator in result) {
      this.#events = result
      if (signal.aborted) void result.return()
      return result
    }
    const [fault, ...more] = result.errors ?? []
    if (!fault) throw errors.unavailable(this.#plan.owner, new Error('neither events nor errors'))
    throw more.length > 0 ? new AggregateError([fault, ...more]) : fault
  }

  async #pause(delay: number): Promise<void> {
    try {
      await sleep(delay, undefined, { signal: this.#abort.signal })
    } catch {
      // Closed: who called looks at the signal.
    }
  }
}
