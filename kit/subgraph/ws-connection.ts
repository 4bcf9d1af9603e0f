import type { ExecutionResult } from 'graphql'
import {
  type FormattedExecutionResult,
  GRAPHQL_TRANSPORT_WS_PROTOCOL,
  MessageType,
  parseMessage,
  stringifyMessage,
} from 'graphql-ws'
import { WebSocket } from 'ws'
import { errors } from '../errors.ts'
import { inward } from './wire-error.ts'
import { RemoteEvents } from './ws-events.ts'

export interface ConnectionOptions {
  readonly name: string
  /** With scheme `ws` or `wss`. */
  readonly url: string
  /** Made when the connection is open: a signature has an age. */
  readonly parameters: () => Record<string, string>
  /** Milliseconds between pings; a peer that does not answer until the next one is given up. */
  readonly pingEvery: number
  /** Milliseconds that a connection without subscriptions is kept. */
  readonly idle: number
}

/** Milliseconds until the peer must have acknowledged. */
const ackWithin = 3_000
/** Batches of entities come over HTTP; an event is far smaller. */
const maxPayload = 4 * 2 ** 20

/** One connection to a subgraph. Ends once, with all its subscriptions: whoever still wants events makes another. */
export class SubgraphConnection {
  readonly #options: ConnectionOptions
  readonly #ws: WebSocket
  readonly #onEnd: () => void
  readonly #operations = new Map<string, RemoteEvents>()
  readonly #acknowledged = Promise.withResolvers<void>()
  #last = 0
  #answered = true
  #idleTimer: NodeJS.Timeout | undefined

  /** @param onEnd called as soon as the connection is of no use any more */
  constructor(options: ConnectionOptions, onEnd: () => void) {
    this.#options = options
    const ws = new WebSocket(options.url, GRAPHQL_TRANSPORT_WS_PROTOCOL, {
      handshakeTimeout: ackWithin,
      perMessageDeflate: false,
      maxPayload,
    })
    this.#ws = ws
    this.#onEnd = onEnd
    const late = setTimeout(() => ws.terminate(), ackWithin)
    const beat = setInterval(() => this.#ping(), options.pingEvery)
    void this.#acknowledged.promise.then(
      () => clearTimeout(late),
      () => clearTimeout(late),
    )
    ws.on('open', () => this.#send({ type: MessageType.ConnectionInit, payload: options.parameters() }))
    ws.on('message', (data) => {
      try {
        this.#receive(String(data))
      } catch {
        ws.terminate() // not a process of ours
      }
    })
    ws.on('pong', () => {
      this.#answered = true
    })
    ws.on('error', () => {}) // 'close' follows
    ws.on('close', () => {
      clearInterval(beat)
      clearTimeout(this.#idleTimer)
      onEnd()
      const fault = errors.unavailable(options.name)
      this.#acknowledged.reject(fault)
      for (const events of this.#operations.values()) events.fail(fault)
      this.#operations.clear()
    })
  }

  /** Rejects with UNAVAILABLE when the peer can't be reached or refuses us. */
  get acknowledged(): Promise<void> {
    return this.#acknowledged.promise
  }

  /** @param extensions made by {@link sealEnvelope} for this query and these variables */
  subscribe(
    query: string,
    variables: Readonly<Record<string, unknown>>,
    extensions: Record<string, string>,
  ): RemoteEvents {
    const id = String(++this.#last)
    const events = new RemoteEvents(this.#options.name, {
      grant: (credit) => this.#send({ type: MessageType.Ping, payload: { id, credit } }),
      leave: () => {
        this.#send({ type: MessageType.Complete, id })
        this.#forget(id)
      },
    })
    this.#operations.set(id, events)
    clearTimeout(this.#idleTimer)
    this.#send({ type: MessageType.Subscribe, id, payload: { query, variables, extensions } })
    return events
  }

  close(): void {
    this.#ws.terminate()
  }

  #forget(id: string): void {
    this.#operations.delete(id)
    if (this.#operations.size > 0) return
    clearTimeout(this.#idleTimer)
    this.#idleTimer = setTimeout(() => {
      this.#onEnd() // before it closes, so that nobody subscribes on it any more
      this.#ws.close(1000)
    }, this.#options.idle)
  }

  #send(message: Parameters<typeof stringifyMessage>[0]): void {
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.send(stringifyMessage(message))
  }

  #receive(text: string): void {
    const message = parsed(text)
    switch (message?.type) {
      case MessageType.ConnectionAck:
        this.#acknowledged.resolve()
        break
      case MessageType.Next:
        this.#operations.get(message.id)?.receive(resultOf(message.payload))
        break
      case MessageType.Error:
        this.#operations.get(message.id)?.fail(inward(message.payload[0] ?? { message: 'no reason given' }))
        this.#forget(message.id)
        break
      case MessageType.Complete:
        this.#operations.get(message.id)?.complete()
        this.#forget(message.id)
        break
      case MessageType.Ping:
        this.#send({ type: MessageType.Pong })
        break
      case MessageType.Pong:
        break
      default:
        this.#ws.terminate() // not a process of ours
    }
  }

  #ping(): void {
    if (!this.#answered) this.#ws.terminate()
    if (this.#ws.readyState !== WebSocket.OPEN) return
    this.#answered = false
    this.#ws.ping()
  }
}

function parsed(text: string) {
  try {
    return parseMessage(text)
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
}

const resultOf = ({ data, errors: faults }: FormattedExecutionResult): ExecutionResult => ({
  ...(data === undefined ? {} : { data }),
  ...(faults && { errors: faults.map(inward) }),
})
