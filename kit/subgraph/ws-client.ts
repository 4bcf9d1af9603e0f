import type { ExecutionResult } from 'graphql'
import { Breaker } from '../breaker.ts'
import { codeOf, errors } from '../errors.ts'
import { type RequestScope, sealEnvelope } from '../viewer.ts'
import type { SubgraphCall, SubgraphEvents } from './data-source.ts'
import { SubgraphConnection } from './ws-connection.ts'
import { connectionBody, subscriptionBody } from './ws-protocol.ts'

export interface SubgraphLinkOptions {
  readonly name: string
  /** Such as `http://message:4000`; subscriptions are at the same address as the rest, over WebSocket. */
  readonly url: string
  readonly secret: string
  readonly clock?: () => number
  readonly pingEvery?: number
  readonly idle?: number
}

/**
 * Subscriptions at a subgraph in another process, all on one connection that is made when first needed.
 *
 * A connection that breaks ends its subscriptions with UNAVAILABLE: only who subscribed knows from where to go on. They
 * may subscribe again at once and in any number: they share the next connection, and while the peer is known to be away
 * all but one attempt in 200 ms fail without touching the network.
 */
export class SubgraphLink {
  readonly #name: string
  readonly #url: string
  readonly #secret: string
  readonly #clock: () => number
  readonly #times: { readonly pingEvery: number; readonly idle: number }
  readonly #breaker: Breaker
  #connection: SubgraphConnection | undefined
  #closed = false

  constructor({ name, url, secret, clock = Date.now, pingEvery = 12_000, idle = 3_000 }: SubgraphLinkOptions) {
    this.#name = name
    this.#url = url.replace(/^http/, 'ws')
    this.#secret = secret
    this.#clock = clock
    this.#times = { pingEvery, idle }
    this.#breaker = new Breaker({ failures: 1, rest: 200, clock })
  }

  /** As {@link DataSource.subscribe}: a peer that can't be reached is a result with `errors`. */
  async subscribe(
    { operation, variables }: SubgraphCall,
    scope: RequestScope,
    signal: AbortSignal,
  ): Promise<SubgraphEvents | ExecutionResult> {
    let connection: SubgraphConnection
    try {
      connection = await this.#connected()
    } catch (error) {
      if (codeOf(error) === 'UNAVAILABLE') return { errors: [errors.unavailable(this.#name)] }
      throw error
    }
    if (signal.aborted) return { errors: [errors.unavailable(this.#name)] }
    const body = subscriptionBody(operation, variables)
    const events = connection.subscribe(operation, variables, sealEnvelope(scope, body, this.#secret, this.#clock()))
    const leave = () => void events.return()
    signal.addEventListener('abort', leave, { once: true })
    events.onOver = () => signal.removeEventListener('abort', leave) // a signal may outlive many subscriptions
    return events
  }

  /** Ends all subscriptions and makes no connection any more. */
  close(): void {
    this.#closed = true
    this.#connection?.close()
  }

  async #connected(): Promise<SubgraphConnection> {
    if (!this.#connection) {
      if (this.#closed || !this.#breaker.allows()) throw errors.unavailable(this.#name)
      this.#connection = this.#connect()
    }
    const connection = this.#connection
    await connection.acknowledged
    return connection
  }

  #connect(): SubgraphConnection {
    const connection = new SubgraphConnection(
      { name: this.#name, url: this.#url, parameters: () => this.#parameters(), ...this.#times },
      () => {
        if (this.#connection === connection) this.#connection = undefined
      },
    )
    connection.acknowledged.then(
      () => this.#breaker.succeeded(),
      () => this.#breaker.failed(),
    )
    return connection
  }

  #parameters(): Record<string, string> {
    const now = this.#clock()
    const scope: RequestScope = { viewer: null, requestId: 'link', origin: '', deadline: now }
    return sealEnvelope(scope, connectionBody, this.#secret, now)
  }
}
