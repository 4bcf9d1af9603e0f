import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql'
import { Pool } from 'undici'
import { Breaker } from '../breaker.ts'
import { errors } from '../errors.ts'
import { type RequestScope, sealEnvelope } from '../viewer.ts'
import type { DataSource, SubgraphCall, SubgraphEvents } from './data-source.ts'
import { inward } from './wire-error.ts'
import { SubgraphLink } from './ws-client.ts'

export interface HttpDataSourceOptions {
  readonly name: string
  /** Such as `http://favorite:4000`. */
  readonly url: string
  readonly secret: string
  /** Requests that run at once; further ones wait. */
  readonly connections?: number
  readonly clock?: () => number
  readonly breaker?: Breaker
}

/** Calls a subgraph in another process: keep-alive connections, a signed envelope, a deadline that travels along. */
export class HttpDataSource implements DataSource<RequestScope> {
  readonly name: string
  readonly #pool: Pool
  readonly #path: string
  readonly #secret: string
  readonly #clock: () => number
  readonly #breaker: Breaker
  readonly #link: SubgraphLink

  constructor({
    name,
    url,
    secret,
    connections = 64,
    clock = Date.now,
    breaker = new Breaker({ clock }),
  }: HttpDataSourceOptions) {
    const { origin, pathname } = new URL(url)
    this.name = name
    this.#path = pathname
    this.#secret = secret
    this.#clock = clock
    this.#breaker = breaker
    this.#link = new SubgraphLink({ name, url, secret, clock })
    // The peer keeps idle connections longer than we do, so that it never closes one that we are about to use.
    this.#pool = new Pool(origin, { connections, pipelining: 1, keepAliveTimeout: 30_000, connect: { timeout: 500 } })
  }

  async execute(call: SubgraphCall, scope: RequestScope): Promise<ExecutionResult> {
    const body = JSON.stringify({ query: call.operation, variables: call.variables })
    try {
      return await this.#post(body, scope)
    } catch (error) {
      // A query may be asked twice; a mutation only when it surely never arrived.
      if (!isConnectionFault(error) || !(call.kind === 'query' || isRefused(error)))
        return { errors: [this.#fault(error)] }
    }
    try {
      return await this.#post(body, scope)
    } catch (error) {
      return { errors: [this.#fault(error)] }
    }
  }

  subscribe(call: SubgraphCall, scope: RequestScope, signal: AbortSignal): Promise<SubgraphEvents | ExecutionResult> {
    return this.#link.subscribe(call, scope, signal)
  }

  /** Ends the connections, after what runs on them. */
  async close(): Promise<void> {
    this.#link.close()
    await this.#pool.close()
  }

  async #post(body: string, scope: RequestScope): Promise<ExecutionResult> {
    const now = this.#clock()
    const left = scope.deadline - now
    if (left <= 0) throw errors.timeout(this.name)
    if (!this.#breaker.allows()) throw errors.unavailable(this.name)
    try {
      const response = await this.#pool.request({
        method: 'POST',
        path: this.#path,
        body,
        headers: {
          'content-type': 'application/json',
          'x-request-id': scope.requestId,
          ...sealEnvelope(scope, body, this.#secret, now),
        },
        headersTimeout: left,
        bodyTimeout: left,
      })
      const result = (await response.body.json()) as {
        data?: Record<string, unknown>
        errors?: GraphQLFormattedError[]
      } // a process of ours
      if (response.statusCode === 502 || response.statusCode === 503) throw errors.unavailable(this.name)
      this.#breaker.succeeded()
      return {
        ...(result.data === undefined ? {} : { data: result.data }),
        ...(result.errors && { errors: result.errors.map(inward) }),
      }
    } catch (error) {
      this.#breaker.failed()
      throw error
    }
  }

  #fault(error: unknown): GraphQLError {
    if (error instanceof GraphQLError) return error
    const code = codeOfFault(error)
    if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') return errors.timeout(this.name)
    return errors.unavailable(this.name, error)
  }
}

const codeOfFault = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

const isRefused = (error: unknown) =>
  ['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT', 'ENOTFOUND'].includes(codeOfFault(error))

const isConnectionFault = (error: unknown) =>
  isRefused(error) || ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(codeOfFault(error))
