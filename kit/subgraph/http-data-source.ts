import type { ExecutionResult, GraphQLFormattedError } from 'graphql'
import type { Breaker } from '../breaker.ts'
import { AppError, errors } from '../errors.ts'
import { type PeerAnswer, Peers, type PeersOptions } from '../peers.ts'
import { type RequestScope, sealEnvelope } from '../viewer.ts'
import type { DataSource, SubgraphCall, SubgraphEvents } from './data-source.ts'
import { inward } from './wire-error.ts'
import { SubgraphLink } from './ws-client.ts'

export interface HttpDataSourceOptions {
  readonly name: string
  /** Such as `http://favorite:4000/subgraphs/favorite`; several, which differ in their origin only, serve the same. */
  readonly url: string | readonly [string, ...string[]]
  readonly secret: string
  /** Requests that run at once at one address; further ones wait. */
  readonly connections?: number
  /** Is told of an address that goes away, and when it is back. */
  readonly log?: PeersOptions['log']
  readonly clock?: () => number
  readonly newBreaker?: () => Breaker
}

/** Calls a subgraph in another process: keep-alive connections, a signed envelope, a deadline that travels along. */
export class HttpDataSource implements DataSource<RequestScope> {
  readonly name: string
  readonly #path: string
  readonly #secret: string
  readonly #clock: () => number
  readonly #peers: Peers
  readonly #links: readonly SubgraphLink[]
  #turn = 0

  constructor({ name, url, secret, clock = Date.now, ...options }: HttpDataSourceOptions) {
    const urls = typeof url === 'string' ? ([url] as const) : url
    this.name = name
    this.#path = new URL(urls[0]).pathname
    this.#secret = secret
    this.#clock = clock
    this.#peers = new Peers({ name, origins: urls.map((each) => new URL(each).origin), clock, ...options })
    this.#links = urls.map((each) => new SubgraphLink({ name, url: each, secret, clock }))
  }

  async execute(call: SubgraphCall, scope: RequestScope): Promise<ExecutionResult> {
    const body = JSON.stringify({ query: call.operation, variables: call.variables })
    try {
      const answer = await this.#peers.post({
        path: this.#path,
        headers: {
          'content-type': 'application/json',
          'x-request-id': scope.requestId,
          ...sealEnvelope(scope, body, this.#secret, this.#clock()),
        },
        body,
        deadline: scope.deadline,
        // A mutation is repeated only when it surely never arrived.
        repeatable: call.kind === 'query',
      })
      return this.#resultOf(answer)
    } catch (error) {
      if (error instanceof AppError) return { errors: [error] }
      throw error
    }
  }

  /** Tries one address after the other: subscribing again is always harmless. */
  async subscribe(
    call: SubgraphCall,
    scope: RequestScope,
    signal: AbortSignal,
  ): Promise<SubgraphEvents | ExecutionResult> {
    const start = this.#turn++
    let result: SubgraphEvents | ExecutionResult = { errors: [errors.unavailable(this.name)] }
    for (let n = 0; n < this.#links.length && !signal.aborted; n++) {
      const link = this.#links[(start + n) % this.#links.length] as SubgraphLink // within its length
      result = await link.subscribe(call, scope, signal)
      if (Symbol.asyncIterator in result) break
    }
    return result
  }

  /** Ends the connections, after what runs on them. */
  async close(): Promise<void> {
    for (const link of this.#links) link.close()
    await this.#peers.close()
  }

  /** @throws UNAVAILABLE for what is no answer of a subgraph, such as that of a proxy in between */
  #resultOf({ status, text }: PeerAnswer): ExecutionResult {
    let result: { data?: Record<string, unknown>; errors?: GraphQLFormattedError[] }
    try {
      result = JSON.parse(text) // by a process of ours, if it is JSON
    } catch (error) {
      throw errors.unavailable(this.name, error)
    }
    if (status === 502 || (status === 503 && !result.errors)) throw errors.unavailable(this.name)
    return {
      ...(result.data === undefined ? {} : { data: result.data }),
      ...(result.errors && { errors: result.errors.map(inward) }),
    }
  }
}
