import type { Readable } from 'node:stream'
import { type Dispatcher, Pool } from 'undici'
import { Breaker } from './breaker.ts'
import { errors } from './errors.ts'
import type { Logger } from './log.ts'
import { punctual } from './peers-connect.ts'

export interface PeersOptions {
  /** What the peers are, for errors: a subgraph, or `gateway`. */
  readonly name: string
  /** `http(s)://host[:port]` of each; all serve the same. */
  readonly origins: readonly string[]
  /** Requests that run at once at one peer; further ones wait. */
  readonly connections?: number
  /** Is told of a peer that goes away, and when it is back. */
  readonly log?: Pick<Logger, 'info' | 'warn'> | undefined
  readonly clock?: () => number
  readonly newBreaker?: () => Breaker
}

export interface PeerRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** When an answer is of no use any more, in milliseconds since 1970. */
  readonly deadline: number
  /** Whether it may be sent again when it may have arrived, as a query may. */
  readonly repeatable: boolean
  /** Aborts when nobody wants the answer any more. */
  readonly signal?: AbortSignal | undefined
}

export interface PeerAnswer {
  readonly status: number
  readonly text: string
}

interface Peer {
  readonly origin: string
  readonly pool: Pool
  readonly breaker: Breaker
  /** Until when, in milliseconds since 1970, others are asked first: it said that it is about to stop. */
  leavingUntil: number
}

/** How long a connection without requests is kept. A peer that stops closes it after that, so that no request meets its end. */
const idleMs = 2_000
const leavingMs = 10_000
/** Milliseconds for all tries to connect together: who can't be served has to hear so within a second, whatever comes next. */
const connectMs = 400
/** Milliseconds for all questions together whether a peer is ready for a stream. */
const readyMs = 900
/** Connections are made anew so often, or processes that were added behind one address would never get a request. */
const connectionLifeMs = 60_000

/**
 * Several servers that serve the same, asked in turn over connections that stay open. One that refuses connections is
 * passed over for the next, and after failures in a row is spared for a while.
 */
export class Peers {
  readonly #name: string
  readonly #log: PeersOptions['log']
  readonly #clock: () => number
  readonly #peers: readonly Peer[]
  #turn = 0

  constructor({ name, origins, connections = 64, log, clock = Date.now, newBreaker }: PeersOptions) {
    this.#name = name
    this.#log = log
    this.#clock = clock
    this.#peers = origins.map((origin) => ({
      origin,
      pool: new Pool(origin, {
        connections,
        pipelining: 1,
        keepAliveTimeout: idleMs,
        keepAliveMaxTimeout: idleMs,
        clientTtl: connectionLifeMs,
        connect: punctual(Math.round(connectMs / origins.length)),
        // The deadline of each request says when to stop waiting.
        headersTimeout: 0,
        bodyTimeout: 0,
      }),
      breaker: newBreaker?.() ?? new Breaker({ clock }),
      leavingUntil: 0,
    }))
  }

  /**
   * POSTs to one of them, or to another one when it surely did not arrive; a repeatable request also when the connection
   * broke. @throws UNAVAILABLE or TIMEOUT
   */
  async post({ path, headers, body, deadline, repeatable, signal }: PeerRequest): Promise<PeerAnswer> {
    const left = deadline - this.#clock()
    if (left <= 0) throw errors.timeout(this.#name)
    const late = AbortSignal.timeout(left)
    const options = { method: 'POST', path, headers, body, signal: signal ? AbortSignal.any([signal, late]) : late }
    let fault: unknown
    for (const peer of this.#inTurn()) {
      try {
        const answer = await peer.pool.request(options)
        const text = await answer.body.text()
        this.#succeeded(peer)
        this.#notice(peer, answer)
        return { status: answer.statusCode, text }
      } catch (error) {
        if (!signal?.aborted) this.#failed(peer, error)
        fault = error
        if (options.signal.aborted || !(isRefused(error) || (repeatable && isBroken(error)))) break
        // Nobody is asked for a connection twice who had all the time there is.
        if (isSilent(error) && this.#peers.length === 1) break
      }
    }
    throw late.aborted ? errors.timeout(this.#name) : errors.unavailable(this.#name, fault)
  }

  /** Sends a stream, which can be sent only once: of several peers, to one that has just said that it is ready. */
  async put(options: {
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: Readable
    readonly headersTimeout: number
    readonly signal: AbortSignal | null
  }): Promise<Dispatcher.ResponseData> {
    for (const peer of this.#inTurn()) {
      const { pool } = peer
      if (this.#peers.length === 1) return pool.request({ method: 'PUT', ...options })
      const late = AbortSignal.timeout(Math.round(readyMs / this.#peers.length))
      try {
        const ready = await pool.request({ method: 'GET', path: '/readyz', signal: late })
        await ready.body.dump()
        if (ready.statusCode !== 200) continue
      } catch (error) {
        if (!late.aborted && !isAway(error)) throw error
        this.#failed(peer, error)
        continue
      }
      return pool.request({ method: 'PUT', ...options })
    }
    throw errors.unavailable(this.#name)
  }

  /** Ends the connections, after what runs on them. */
  async close(): Promise<void> {
    await Promise.all(this.#peers.map(({ pool }) => pool.close()))
  }

  /** Those to try, one after the other; a single one twice, for the case that it closed a connection just when it was used. */
  *#inTurn(): Generator<Peer> {
    const now = this.#clock()
    const start = this.#turn++
    const turned = this.#peers.map((_, n) => this.#peers[(start + n) % this.#peers.length] as Peer) // within its length
    const staying = turned.filter(({ leavingUntil }) => leavingUntil <= now)
    const order = [...staying, ...turned.filter((peer) => !staying.includes(peer))]
    for (const peer of order.length === 1 ? [...order, ...order] : order) if (peer.breaker.allows()) yield peer
  }

  #succeeded({ origin, breaker }: Peer): void {
    if (breaker.succeeded()) this.#log?.info({ peer: this.#name, origin }, `${this.#name} at ${origin} answers again`)
  }

  #failed({ origin, breaker }: Peer, err: unknown): void {
    if (isSilent(err) ? breaker.gaveUp() : breaker.failed())
      this.#log?.warn({ peer: this.#name, origin, err }, `${this.#name} at ${origin} does not answer`)
  }

  #notice(peer: Peer, { headers }: Dispatcher.ResponseData): void {
    if (headers['connection'] === 'close') peer.leavingUntil = this.#clock() + leavingMs
  }
}

const codeOfFault = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

const refusals = ['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']
const breaks = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']

/** It did not even refuse: a machine that is gone. To try costs time, unlike where a program is gone. */
const isSilent = (error: unknown): boolean => codeOfFault(error) === 'UND_ERR_CONNECT_TIMEOUT'
const isRefused = (error: unknown): boolean => refusals.includes(codeOfFault(error))
const isBroken = (error: unknown): boolean => breaks.includes(codeOfFault(error))
const isAway = (error: unknown): boolean =>
  isRefused(error) || isBroken(error) || codeOfFault(error).startsWith('UND_ERR')
