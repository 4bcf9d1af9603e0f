import { randomUUID } from 'node:crypto'
import type { Logger } from '../../kit/log.ts'
import type { DataSources } from '../../kit/owners.ts'
import type { RequestScope, Viewer } from '../../kit/viewer.ts'
import { type Backoff, backoff } from './backoff.ts'
import { Group } from './group.ts'
import type { HeldPlans } from './held-plans.ts'
import { type Entrance, Member } from './member.ts'
import type { SubscriptionRequest } from './request.ts'
import type { Running, Sink } from './sink.ts'

export interface RelayOptions {
  readonly sources: () => DataSources
  readonly log: Logger
  readonly clock?: () => number
  readonly newId?: () => string
  readonly backoff?: Backoff
  /** Milliseconds: for the completion of one event, and for an owner that is away when it is first asked. */
  readonly patience?: { readonly event: number; readonly opening: number }
}

/** Running totals, for metrics and tests. */
export interface RelayCounts {
  events: number
  deliveries: number
  /** Openings that were repeated because the owner was away. */
  reopenings: number
  /** Latest values that a slow client never saw, as a later one came first. */
  skipped: number
  /** Times a slow client was left behind to go on from its cursor. */
  leftBehind: number
  /** Operations that were ended because their client was too slow. */
  overflowed: number
}

/** What groups need of the relay. */
export interface RelayContext extends Required<RelayOptions> {
  readonly counts: RelayCounts
  /** Fresh for each event, so that no loader outlives it. */
  scope(viewer: Viewer | null, origin: string): RequestScope
  closed(group: Group): void
  /** The group's cursor has moved on from `before`. */
  moved(group: Group, before: string | null): void
}

/** Joins clients with upstreams: equal subscriptions share a {@link Group}. */
export class Relay implements Entrance {
  readonly counts: RelayCounts = { events: 0, deliveries: 0, reopenings: 0, skipped: 0, leftBehind: 0, overflowed: 0 }
  readonly #groups = new Map<string, Group>()
  readonly #held: HeldPlans
  readonly #context: RelayContext

  constructor(options: RelayOptions, held: HeldPlans) {
    this.#held = held
    const { clock = Date.now, newId = randomUUID, patience = { event: 10_000, opening: 30_000 } } = options
    this.#context = {
      backoff: backoff(),
      ...options,
      clock,
      newId,
      patience,
      counts: this.counts,
      scope: (viewer, origin) => ({ viewer, requestId: newId(), origin, deadline: clock() + patience.event }),
      closed: (group) => this.#forget(group, group.cursor),
      moved: (group, before) => this.#move(group, before),
    }
  }

  /** Groups that are open; each has one upstream. */
  get size(): number {
    return this.#groups.size
  }

  /** @throws LIMIT_EXCEEDED when more runs already than memory is given for */
  join(request: SubscriptionRequest, sink: Sink): Running {
    this.#held.hold(request.plan, sink.connection)
    const member = new Member(request, sink, this)
    this.enter(member)
    return member
  }

  enter(member: Member): void {
    const { request, cursor } = member
    const key = placeOf(request, cursor)
    const existing = this.#groups.get(key)
    if (existing) {
      existing.add(member)
      return
    }
    const group = new Group(request, cursor, this.#context)
    this.#groups.set(key, group)
    group.add(member)
    void group.run()
  }

  left({ request, sink }: Member): void {
    this.#held.release(request.plan, sink.connection)
  }

  #forget(group: Group, cursor: string | null): void {
    const key = placeOf(group.request, cursor)
    if (this.#groups.get(key) === group) this.#groups.delete(key)
  }

  /** Who has caught up with another group goes on with that one. */
  #move(group: Group, before: string | null): void {
    this.#forget(group, before)
    const key = placeOf(group.request, group.cursor)
    const there = this.#groups.get(key)
    if (!there) {
      this.#groups.set(key, group)
      return
    }
    for (const member of [...group.members]) {
      there.add(member)
      group.remove(member)
    }
  }
}

/** Groups with a cursor are equal only while they have come equally far. */
const placeOf = ({ key, plan }: SubscriptionRequest, cursor: string | null): string =>
  plan.resumption ? `${JSON.stringify(cursor)}\n${key}` : key
