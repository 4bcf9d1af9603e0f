import type { Socket as Wire } from 'node:net'
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, MessageType, type SubscribePayload } from 'graphql-ws'
import type { WebSocket } from 'ws'
import { codeOf, errors } from '../../kit/errors.ts'
import type { SignedIn } from '../sessions.ts'
import { maskAll } from './answer.ts'
import { parseClientMessage, tokenOf } from './client-message.ts'
import { type Connection, closeCodes } from './connections.ts'
import type { Live } from './live.ts'
import { Rate } from './rate.ts'
import { SocketOperation, type Way } from './socket-operation.ts'

const text = { binary: false } as const

/** Bytes that wait for one client, however they came about, before nothing more is made for it to wait with them. */
const mostWaiting = 4 * 2 ** 20

/** One client over graphql-transport-ws. */
export class Socket implements Connection, Way {
  readonly #ws: WebSocket
  readonly #wire: Wire
  readonly #live: Live
  readonly #origin: string
  readonly #operations = new Map<string, SocketOperation>()
  readonly #rate: Rate
  #initTimer: NodeJS.Timeout | undefined
  #state: 'new' | 'checking' | 'acknowledged' | 'retiring' | 'ended' = 'new'
  #token: string | null = null
  /** Beats that may come before the peer is heard of. */
  #patience = 1
  /** Operations that were refused since one has ended. */
  #refused = 0
  #held = false

  /** @param wire what `ws` writes to */
  constructor(ws: WebSocket, wire: Wire, origin: string, live: Live) {
    const { caps, connections } = live
    this.#ws = ws
    this.#wire = wire
    this.#live = live
    this.#origin = origin
    this.#rate = new Rate(caps.messagesPerSecond, caps.messagesAtOnce, live.clock())
    connections.add(this)
    ws.on('message', (data, isBinary) => {
      try {
        this.#receive(data, isBinary)
      } catch (error) {
        live.log.error({ err: error }, 'a message could not be taken')
        this.end(closeCodes.failed, 'Internal error')
      }
    })
    ws.on('pong', () => this.#seen())
    wire.on('timeout', () => this.destroy())
    ws.on('error', () => {}) // 'close' follows, with the code that fits
    ws.on('close', () => this.#closed())
    if (ws.protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL)
      this.end(CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable')
    else
      this.#initTimer = setTimeout(
        () => this.end(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout'),
        caps.initWithin,
      )
  }

  get ready(): boolean {
    const ready = this.#ws.bufferedAmount < this.#live.caps.waitingBytes
    if (!ready) this.#hold()
    return ready
  }

  /** What is sent in one tick, such as an answer and its end, leaves together. */
  send(message: string | Buffer): void {
    const { bufferedAmount } = this.#ws
    const { waitingBytes } = this.#live.caps
    // Only for a large one, as the end of an answer has to come through however large the answer was.
    if (bufferedAmount > mostWaiting && message.length > waitingBytes) {
      this.destroy()
      return
    }
    if (bufferedAmount + message.length >= waitingBytes) this.#hold()
    this.#wire.cork()
    process.nextTick(uncork, this.#wire)
    this.#ws.send(message, text, this.#flushed)
  }

  release(operation: SocketOperation): void {
    if (this.#operations.get(operation.id) === operation) {
      this.#operations.delete(operation.id)
      this.#refused = 0
    }
    if (this.#state === 'retiring') this.retire()
  }

  beat(): void {
    if (this.#held) return
    if (--this.#patience < 0) this.destroy()
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.ping()
  }

  end(code: number, reason: string): void {
    this.#state = 'ended'
    clearTimeout(this.#initTimer)
    this.#cancelAll()
    this.#ws.close(code, reason)
    this.#ws.resume() // for the peer's own close
  }

  retire(): void {
    if (this.#state === 'ended') return
    this.#state = 'retiring'
    for (const { single } of this.#operations.values()) if (single) return
    this.end(closeCodes.goingAway, 'going away')
  }

  destroy(): void {
    this.#ws.terminate()
  }

  #receive(data: unknown, isBinary: boolean): void {
    this.#seen()
    if (this.#state === 'ended') return
    if (!this.#rate.allows(this.#live.clock())) {
      this.end(closeCodes.policy, 'Too many messages')
      return
    }
    const message = isBinary ? undefined : parseClientMessage(String(data))
    switch (message?.type) {
      case MessageType.ConnectionInit:
        void this.#initialise(message.payload ?? {})
        break
      case MessageType.Ping:
        this.send(pong)
        break
      case MessageType.Pong:
        break
      case MessageType.Subscribe:
        this.#subscribe(message.id, message.payload)
        break
      case MessageType.Complete:
        this.#operations.get(message.id)?.cancel()
        break
      default:
        this.end(CloseCode.BadRequest, 'Invalid message received')
    }
  }

  async #initialise(parameters: Readonly<Record<string, unknown>>): Promise<void> {
    if (this.#state !== 'new')
      return this.end(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests')
    this.#state = 'checking'
    clearTimeout(this.#initTimer)
    let refused: readonly [code: number, reason: string] | undefined
    try {
      const token = tokenOf(parameters)
      if (token !== null) refused = this.#live.connections.identify(this, token, await this.#session(token))
      this.#token = token
    } catch (error) {
      refused = isRefusal(error) ? [CloseCode.Forbidden, 'Forbidden'] : [closeCodes.tryLater, 'Try again later']
      if (!codeOf(error)) this.#live.log.error({ err: error }, 'a connection could not be checked')
    }
    if (this.#state !== 'checking') return
    if (refused) return this.end(...refused)
    this.#state = 'acknowledged'
    this.send(JSON.stringify({ type: MessageType.ConnectionAck }))
  }

  #subscribe(id: string, payload: SubscribePayload): void {
    const { operations: most, refusals } = this.#live.caps
    const operation = new SocketOperation(id, this)
    if (this.#state !== 'acknowledged' && this.#state !== 'retiring') this.end(CloseCode.Unauthorized, 'Unauthorized')
    else if (this.#operations.has(id))
      this.end(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id.slice(0, 20)} already exists`)
    else if (this.#operations.size >= most) {
      // Only this one, as the others on the socket have done nothing wrong; but nobody may go on asking in vain.
      if (++this.#refused > refusals) this.end(closeCodes.tooMany, 'Too many operations')
      else operation.fail([errors.limitExceeded('operations', most).toJSON()])
    } else {
      this.#operations.set(id, operation)
      void this.#start(operation, payload)
    }
  }

  async #start(operation: SocketOperation, request: SubscribePayload): Promise<void> {
    const { operations, log } = this.#live
    const requestId = this.#live.newId()
    try {
      // As on HTTP, whose requests each bring a token. Without one, nobody is asked.
      const viewer = this.#token === null ? null : await this.#session(this.#token)
      await operations.turn(request, this)
      if (operation.over) return
      const admitted = operations.admit(request)
      operation.single = !admitted.plan
      const asker = { viewer: viewer && { id: viewer.id }, origin: this.#origin, requestId }
      operation.started(operations.begin(admitted, asker, operation))
    } catch (error) {
      if (isRefusal(error)) return this.end(CloseCode.Forbidden, 'Forbidden')
      operation.fail(maskAll([error], requestId, log))
    }
  }

  #session(token: string): Promise<SignedIn> {
    return this.#live.sessions.viewerOf(token)
  }

  #seen(): void {
    this.#patience = Math.max(this.#patience, 1)
  }

  /**
   * A client that does not read what it has asked for can't ask for more. Its pongs are not heard meanwhile: as long as it
   * takes some of what waits it is there, and the wire's timeout tells when it took none.
   */
  #hold(): void {
    if (this.#held) return
    this.#held = true
    this.#wire.setTimeout(this.#live.caps.pingEvery)
    this.#ws.pause()
  }

  readonly #flushed = (): void => {
    if (!(this.#held && this.ready)) return
    this.#held = false
    this.#wire.setTimeout(0)
    this.#ws.resume()
    this.#patience = patienceAfterHold
    for (const operation of [...this.#operations.values()]) operation.resume()
  }

  #closed(): void {
    this.#state = 'ended'
    clearTimeout(this.#initTimer)
    this.#live.connections.delete(this)
    this.#cancelAll()
  }

  #cancelAll(): void {
    for (const operation of [...this.#operations.values()]) operation.cancel()
  }
}

/** What has left the process is not with the peer yet, and pings are behind it: on a slow line for some beats. */
const patienceAfterHold = 5

/** Without the payload of the ping, which may be of any size and depth. */
const pong = JSON.stringify({ type: MessageType.Pong })

const uncork = (wire: Wire) => wire.uncork()

const isRefusal = (error: unknown) => codeOf(error) === 'UNAUTHENTICATED'
