import type { GraphQLFormattedError } from 'graphql'
import { errors } from '../../kit/errors.ts'
import type { Group } from './group.ts'
import type { RelayCounts } from './relay.ts'
import type { SubscriptionRequest } from './request.ts'
import type { Running, Sink } from './sink.ts'

const tooSlow = errors.tooManyRequests('events: they are read too slowly, subscribe again').toJSON()

/** What a member needs of the relay. */
export interface Entrance {
  readonly counts: RelayCounts
  /** Finds or opens a group that goes on after the member's cursor. */
  enter(member: Member): void
  /** The member is over, and was not before. */
  left(member: Member): void
}

/**
 * One client's part in a group. Holds at most one event, whatever the client does: what was handed to the transport is
 * the transport's, and a transport that is not ready is handed nothing more.
 */
export class Member implements Running {
  readonly request: SubscriptionRequest
  readonly sink: Sink
  /** Undefined while the client is left behind, and at the end. */
  group: Group | undefined
  /** The last event that was handed over, for a request with a cursor. */
  cursor: string | null
  readonly #entrance: Entrance
  /** What waits for the client to read again: the newest, of deliveries for which that is enough. */
  #waiting: Buffer | undefined
  #over = false

  constructor(request: SubscriptionRequest, sink: Sink, entrance: Entrance) {
    this.request = request
    this.sink = sink
    this.cursor = request.after
    this.#entrance = entrance
  }

  get ready(): boolean {
    return this.sink.ready && !this.#waiting // which goes first
  }

  /** @returns whether it stays in its group */
  receive(payload: Buffer): boolean {
    if (this.ready) {
      this.sink.next(payload)
      return true
    }
    const { counts } = this.#entrance
    const { delivery } = this.request.plan
    if (delivery === 'latest' || delivery === 'state') {
      if (this.#waiting) counts.skipped++ // never of a state: its group asks for nothing until this one is handed over
      this.#waiting = payload
      return true
    }
    if (delivery === 'resume') {
      counts.overflowed++
      this.fail([tooSlow])
    } else {
      counts.leftBehind++
      this.group = undefined // comes back at its own cursor
    }
    return false
  }

  resume(): void {
    if (this.#over || !this.sink.ready) return
    const waiting = this.#waiting
    if (waiting) {
      this.#waiting = undefined
      this.sink.next(waiting)
    }
    if (this.group) this.group.wake()
    else this.#entrance.enter(this)
  }

  leave(): void {
    const { group } = this
    if (this.#end()) group?.remove(this)
  }

  /** For a group that has ended. @param faults masked */
  fail(faults: readonly GraphQLFormattedError[]): void {
    if (this.#end()) this.sink.fail(faults)
  }

  /** For a group that has ended. */
  complete(): void {
    const waiting = this.#waiting
    if (!this.#end()) return
    if (waiting) this.sink.next(waiting)
    this.sink.complete()
  }

  /** @returns false when it was over before */
  #end(): boolean {
    if (this.#over) return false
    this.#over = true
    this.#waiting = undefined
    this.group = undefined
    this.#entrance.left(this)
    return true
  }
}
