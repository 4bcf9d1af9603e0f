import { errors } from '../../kit/errors.ts'
import type { SubscriptionPlan } from './plan.ts'

type Weighed = Pick<SubscriptionPlan, 'weight' | 'known'>

/** In units of {@link SubscriptionPlan.weight}. */
export interface MostHeld {
  readonly process: number
  readonly connection: number
}

/**
 * The plans of what runs: they stay in memory, whatever the caches forget. Each is counted once, in the process and on every
 * connection that has it, however many subscriptions share it. Known ones are free, as they stay anyway.
 */
export class HeldPlans {
  readonly #most: MostHeld
  readonly #all: Load
  readonly #ofConnections = new WeakMap<object, Load>()

  constructor(most: MostHeld) {
    this.#most = most
    this.#all = new Load('weight of all subscriptions', most.process)
  }

  get weight(): number {
    return this.#all.weight
  }

  /** @throws LIMIT_EXCEEDED */
  hold(plan: Weighed, connection: object): void {
    if (plan.known) return
    const own = this.#ofConnections.get(connection) ?? new Load(ofConnection, this.#most.connection)
    own.check(plan)
    this.#all.check(plan)
    this.#ofConnections.set(connection, own)
    own.add(plan)
    this.#all.add(plan)
  }

  /** Once for each time that it was held. */
  release(plan: Weighed, connection: object): void {
    if (plan.known) return
    this.#ofConnections.get(connection)?.remove(plan)
    this.#all.remove(plan)
  }
}

const ofConnection = 'weight of subscriptions on this connection'

class Load {
  weight = 0
  readonly #uses = new Map<Weighed, number>()
  readonly #what: string
  readonly #most: number

  constructor(what: string, most: number) {
    this.#what = what
    this.#most = most
  }

  check(plan: Weighed): void {
    if (!this.#uses.has(plan) && this.weight + plan.weight > this.#most)
      throw errors.limitExceeded(this.#what, this.#most)
  }

  add(plan: Weighed): void {
    const uses = this.#uses.get(plan) ?? 0
    if (uses === 0) this.weight += plan.weight
    this.#uses.set(plan, uses + 1)
  }

  remove(plan: Weighed): void {
    const uses = this.#uses.get(plan) ?? 0
    if (uses > 1) this.#uses.set(plan, uses - 1)
    else if (this.#uses.delete(plan)) this.weight -= plan.weight
  }
}
