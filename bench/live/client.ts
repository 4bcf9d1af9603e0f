import { WebSocket } from 'ws'

export interface ClientOptions {
  /** Of the graph, such as `ws://127.0.0.1:4000/graphql`. */
  readonly url: string
  readonly token: string
  readonly query: string
  /** Asked anew for each opening, as they may say where to go on. */
  readonly variables: () => Readonly<Record<string, unknown>>
  /** What one event has under its root field. */
  readonly onEvent: (event: Readonly<Record<string, unknown>>) => void
  /** Comes back by itself, so many milliseconds after it was cut. */
  readonly returnsAfter?: (attempt: number) => number
  /** Only counts what it gets: reading it would cost more than receiving it. */
  readonly countsOnly?: boolean
}

interface Frame {
  readonly type: string
  readonly id?: string
  readonly payload?: { readonly data?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null }
}

export class Refused extends Error {}

/** One user's socket with one subscription on it, which also carries what the user sends. */
export class LiveClient {
  received = 0
  /** Sockets that were opened, the first included. */
  openings = 0
  /** What ended a socket or a subscription, and how often. */
  static readonly endings = new Map<string, number>()
  readonly #options: ClientOptions
  readonly #waiting = new Map<string, { resolve(data: Answer): void; reject(error: Error): void }>()
  #ws: WebSocket | undefined
  #acknowledged = false
  #wanted = true
  #attempt = 0
  #asked = 0

  constructor(options: ClientOptions) {
    this.#options = options
  }

  get live(): boolean {
    return this.#acknowledged
  }

  /** Resolves at the acknowledgement, or when the socket could not be opened. */
  connect(): Promise<void> {
    const { url } = this.#options
    const { promise, resolve } = Promise.withResolvers<void>()
    const ws = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false, skipUTF8Validation: true })
    this.#ws = ws
    ws.on('error', () => {}) // 'close' follows
    ws.on('open', () => {
      this.openings++
      ws.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${this.#options.token}` } }))
    })
    ws.on('message', (data) => {
      this.#receive(data as Buffer) // the default of `binaryType`
      if (this.#acknowledged) resolve()
    })
    ws.on('close', (code) => {
      this.#closed(code)
      resolve()
    })
    return promise
  }

  /** Runs a mutation. @throws Refused when it is, also when its answer never came */
  ask(query: string, variables: Readonly<Record<string, unknown>>): Promise<Answer> {
    if (!this.#acknowledged) return Promise.reject(new Refused('not connected'))
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const id = `a${++this.#asked}`
    this.#waiting.set(id, { resolve, reject })
    this.#ws?.send(JSON.stringify({ id, type: 'subscribe', payload: { query, variables } }))
    return promise
  }

  /** As a network does it: no close frame, no warning. */
  cut(): void {
    this.#ws?.terminate()
  }

  /** Stops reading, as a client that hangs does. */
  stall(stalled: boolean): void {
    if (stalled) this.#ws?.pause()
    else this.#ws?.resume()
  }

  end(): void {
    this.#wanted = false
    this.cut()
  }

  #receive(data: Buffer): void {
    this.received++
    if (this.#options.countsOnly && this.#acknowledged) return
    const { type, id = '', payload } = JSON.parse(String(data)) as Frame
    if (type === 'connection_ack') this.#subscribe()
    else if (type === 'next' && id === subscriptionId) {
      const [event] = Object.values(payload?.data ?? {})
      if (event) this.#options.onEvent(event)
      else note(`event: ${JSON.stringify(payload)}`)
    } else if (type === 'next') {
      const { data: answer } = payload ?? {}
      if (answer && Object.values(answer).every((value) => value !== null)) this.#waiting.get(id)?.resolve(answer)
      else this.#waiting.get(id)?.reject(new Refused(JSON.stringify(payload)))
      this.#waiting.delete(id)
    } else if (type === 'error' && id !== subscriptionId) {
      this.#waiting.get(id)?.reject(new Refused(JSON.stringify(payload)))
      this.#waiting.delete(id)
    } else if (type === 'error' || (type === 'complete' && id === subscriptionId)) {
      note(`subscription: ${type} ${JSON.stringify(payload)}`)
      this.cut() // comes back from its cursor
    }
  }

  #subscribe(): void {
    this.#acknowledged = true
    this.#attempt = 0
    const { query, variables } = this.#options
    this.#ws?.send(
      JSON.stringify({ id: subscriptionId, type: 'subscribe', payload: { query, variables: variables() } }),
    )
  }

  #closed(code: number): void {
    if (this.#wanted) note(this.#acknowledged ? `socket: ${code}` : 'socket: not opened')
    this.#acknowledged = false
    for (const { reject } of this.#waiting.values()) reject(new Refused('the socket closed'))
    this.#waiting.clear()
    const { returnsAfter } = this.#options
    if (this.#wanted && returnsAfter)
      setTimeout(() => this.#wanted && void this.connect(), returnsAfter(this.#attempt++))
  }
}

type Answer = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** As long as those that browsers make. */
const subscriptionId = '6f1c1c1e-0c5e-4b5e-9d57-0e6a1f3f7c11'

const note = (what: string) => LiveClient.endings.set(what, (LiveClient.endings.get(what) ?? 0) + 1)

/** Opens sockets, so many at a time. */
export async function connectAll(clients: readonly LiveClient[], atOnce = 100): Promise<void> {
  for (let from = 0; from < clients.length; from += atOnce)
    await Promise.all(clients.slice(from, from + atOnce).map((client) => client.connect()))
}
