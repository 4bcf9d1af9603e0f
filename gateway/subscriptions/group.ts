import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ExecutionResult } from 'graphql'
import type { SubgraphEvents } from '../../kit/subgraph/data-source.ts'
import { executeEvent } from '../executor/execute.ts'
import { maskAll, serialise } from './answer.ts'
import { cursorOf } from './cursor.ts'
import type { Member } from './member.ts'
import type { RelayContext } from './relay.ts'
import { primaryCall, type SubscriptionRequest } from './request.ts'
import { Upstream } from './upstream.ts'

/** Members that get an event before others have their turn in the process. */
const atOnce = 250

/**
 * Equal subscriptions as one: one upstream, one completion of each event, one serialisation. One event at a time, so that
 * order needs no further thought; and the next is asked for only when at least one member can take it.
 */
export class Group {
  readonly request: SubscriptionRequest
  /** The last event that was handed out, for a request with a cursor; members share it. */
  cursor: string | null
  /** The last event, for members who join a `latest` group. */
  newest: Buffer | undefined
  readonly #relay: RelayContext
  readonly #members = new Set<Member>()
  readonly #upstream: Upstream
  #closed = false
  #wake: (() => void) | undefined

  constructor(request: SubscriptionRequest, cursor: string | null, relay: RelayContext) {
    this.request = request
    this.cursor = cursor
    this.#relay = relay
    this.#upstream = new Upstream(relay, request.plan, () => primaryCall(request, this.cursor), request)
  }

  get members(): ReadonlySet<Member> {
    return this.#members
  }

  add(member: Member): void {
    member.group = this
    this.#members.add(member)
    if (this.newest) member.receive(this.newest)
    this.wake()
  }

  /** The last one to leave ends the upstream at once, also one that is silent or still opening. */
  remove(member: Member): void {
    if (this.#members.delete(member) && this.#members.size === 0) this.close()
  }

  /** A member may be ready again. */
  wake(): void {
    this.#wake?.()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#upstream.close()
    this.wake()
    this.#relay.closed(this)
  }

  /** Runs until the group is closed. Never rejects. */
  async run(): Promise<void> {
    try {
      await this.#upstream.read((events) => this.#consume(events))
      this.#end((member) => member.complete())
    } catch (error) {
      const { log, newId } = this.#relay
      const faults = maskAll(error instanceof AggregateError ? error.errors : [error], newId(), log)
      this.#end((member) => member.fail(faults))
    }
  }

  async #consume(events: SubgraphEvents): Promise<void> {
    for (;;) {
      while (!(this.#closed || this.#someReady()))
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      const { done, value } = await events.next()
      if (this.#closed || done) return
      await this.#deliver(value)
    }
  }

  async #deliver(event: ExecutionResult): Promise<void> {
    const { plan } = this.request
    const cursor = plan.resumption && cursorOf(event, responseName(this.request), plan.resumption.alias)
    const payload = await this.#complete(event)
    if (plan.delivery === 'latest') this.newest = payload
    this.#relay.counts.events++
    let turn = 0
    for (const member of this.#members) {
      if (member.receive(payload)) {
        this.#relay.counts.deliveries++
        if (cursor !== undefined) member.cursor = cursor
      } else this.remove(member)
      if (++turn % atOnce === 0) await nextTurn()
    }
    if (cursor === undefined || this.#closed) return
    const before = this.cursor
    this.cursor = cursor
    this.#relay.moved(this, before)
  }

  async #complete(event: ExecutionResult): Promise<Buffer> {
    const { plan, variables, coerced, viewer, origin } = this.request
    const { log } = this.#relay
    const scope = this.#relay.scope(viewer, origin)
    const execution = { dataSources: this.#relay.sources(), context: scope, variables, coercedVariables: coerced }
    try {
      return serialise(await executeEvent(plan.prepared, event, execution), scope.requestId, log)
    } catch (error) {
      // A fault of our own in one event: the client learns of it, and the events after it are not to blame.
      return serialise({ errors: [error as never], data: null }, scope.requestId, log) // masked, whatever it is
    }
  }

  #someReady(): boolean {
    for (const member of this.#members) if (member.ready) return true
    return false
  }

  #end(tell: (member: Member) => void): void {
    const members = [...this.#members]
    this.#members.clear()
    this.close()
    for (const member of members) tell(member)
  }
}

const responseName = ({ plan: { field } }: SubscriptionRequest) => (field.alias ?? field.name).value
