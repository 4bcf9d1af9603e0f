import { randomUUID } from 'node:crypto'
import type { Sessions } from '../sessions.ts'
import { type Audiences, noAudiences } from './audience.ts'
import { Connections } from './connections.ts'
import type { Deliveries } from './delivery.ts'
import type { Generation } from './generation.ts'
import { HeldPlans } from './held-plans.ts'
import { type Graph, Operations } from './operations.ts'
import { SubscriptionPlanner } from './plan.ts'
import { Relay, type RelayOptions } from './relay.ts'

/** What one process gives to clients at most. */
export interface Caps {
  readonly connections: number
  readonly connectionsPerUser: number
  /** On one connection, at the same time. */
  readonly operations: number
  /** Further ones that are refused one by one; a client that still goes on loses its connection. */
  readonly refusals: number
  /** Of distinct subscriptions while they run, in units of some 2 kB; known ones weigh nothing. */
  readonly weight: number
  readonly weightPerConnection: number
  /** Of one message of a client. */
  readonly messageBytes: number
  /** Messages of one connection: in the long run, and at once. */
  readonly messagesPerSecond: number
  readonly messagesAtOnce: number
  /** Bytes that wait for one client in this process before it is handed nothing more. */
  readonly waitingBytes: number
  /** Milliseconds until a client has to have said who it is. */
  readonly initWithin: number
  /** Milliseconds between pings. Who did not answer one until the next is gone. */
  readonly pingEvery: number
  /** Milliseconds between asking whether the session of a connection still holds, though there was no news of its end. */
  readonly recheckEvery: number
}

export const defaultCaps: Caps = {
  connections: 20_000,
  connectionsPerUser: 50,
  operations: 100,
  refusals: 10,
  weight: 20_000,
  weightPerConnection: 4_000,
  messageBytes: 100_000,
  messagesPerSecond: 50,
  messagesAtOnce: 200,
  waitingBytes: 32_768,
  initWithin: 3_000,
  pingEvery: 12_000,
  recheckEvery: 60_000,
}

export interface LiveOptions extends RelayOptions {
  readonly graph: Graph & {
    readonly sessions: Pick<Sessions, 'viewerOf' | 'doubt'>
    readonly documents: Iterable<string>
  }
  readonly generation: Generation
  readonly deliveries?: Deliveries
  readonly audiences?: Audiences
  readonly caps?: Partial<Caps>
  /** True tells clients no names that they do not know. */
  readonly production?: boolean
  readonly random?: () => number
}

/** Everything that the transports of live operations share. */
export class Live {
  readonly caps: Caps
  readonly sessions: Pick<Sessions, 'viewerOf'>
  readonly connections: Connections
  readonly operations: Operations
  readonly relay: Relay
  readonly #held: HeldPlans
  readonly log: LiveOptions['log']
  readonly newId: () => string
  readonly clock: () => number

  constructor(options: LiveOptions) {
    const { graph, generation, deliveries = {}, audiences = noAudiences } = options
    const { production = false, clock = Date.now, random = Math.random } = options
    const caps = { ...defaultCaps, ...options.caps }
    const { log, newId = randomUUID } = options
    this.caps = caps
    this.log = log
    this.newId = newId
    this.clock = clock
    this.sessions = graph.sessions
    this.connections = new Connections({
      sessions: graph.sessions,
      most: caps.connections,
      mostPerUser: caps.connectionsPerUser,
      beatEvery: caps.pingEvery,
      recheckEvery: caps.recheckEvery,
      clock,
      random,
    })
    this.#held = new HeldPlans({ process: caps.weight, connection: caps.weightPerConnection })
    this.relay = new Relay(options, this.#held)
    const planner = new SubscriptionPlanner({ generation, deliveries, audiences, suggestions: !production })
    for (const text of graph.documents) planner.keep(text)
    this.operations = new Operations({ graph, planner, relay: this.relay, log })
  }

  /** What an operator watches: what is open now, and totals since the start. */
  get figures() {
    return {
      connections: this.connections.size,
      upstreams: this.relay.size,
      weight: this.#held.weight,
      ...this.relay.counts,
    }
  }

  /** A user's sessions below `version` were ended: their connections close at once, with 4403. */
  sessionEnded(ended: { userId: number; version: number }): void {
    this.connections.sessionEnded(ended)
  }

  /** For when news of ended sessions may have been missed. */
  recheckSessions(): Promise<void> {
    return this.connections.recheckSessions()
  }

  /** Takes no new connections, and ends those there are with 1001, spread over `window` milliseconds. */
  drain(window: number): Promise<void> {
    return this.connections.drain(window)
  }
}
