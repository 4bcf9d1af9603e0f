import { once } from 'node:events'
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws'
import { type ClientOptions, WebSocket } from 'ws'

// biome-ignore lint/suspicious/noExplicitAny: the shape is in the operation's text
type Payload = any

export interface Frame {
  readonly type: string
  readonly id?: string
  readonly payload?: Payload
}

/** A client that sends exactly what it is told, right or wrong, and keeps every frame. */
export class RawClient implements AsyncDisposable {
  readonly ws: WebSocket
  readonly frames: Frame[] = []
  readonly closed: Promise<{ code: number; reason: string }>
  #told: (() => void) | undefined
  #read = 0

  private constructor(ws: WebSocket) {
    this.ws = ws
    this.closed = new Promise((resolve) => {
      ws.once('close', (code, reason) => {
        resolve({ code, reason: String(reason) })
        this.#told?.()
      })
    })
    ws.on('error', () => {}) // 'close' follows
    ws.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)))
      this.#told?.()
    })
  }

  static async open(
    url: string,
    protocol = GRAPHQL_TRANSPORT_WS_PROTOCOL,
    options: ClientOptions = {},
  ): Promise<RawClient> {
    const client = new RawClient(protocol === '' ? new WebSocket(url, options) : new WebSocket(url, protocol, options))
    await once(client.ws, 'open')
    return client
  }

  /** Opened, and acknowledged as the owner of the token. */
  static async connect(url: string, token?: string, options?: ClientOptions): Promise<RawClient> {
    const client = await RawClient.open(url, undefined, options)
    client.send({ type: 'connection_init', ...(token && { payload: { Authorization: `Bearer ${token}` } }) })
    const frame = await client.next()
    if (frame.type !== 'connection_ack') throw new Error(`expected an acknowledgement, got ${JSON.stringify(frame)}`)
    return client
  }

  send(message: unknown): void {
    this.ws.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  subscribe(id: string, query: string, variables: Record<string, unknown> = {}): void {
    this.send({ id, type: 'subscribe', payload: { query, variables } })
  }

  /** The next frame that was not read yet. Rejects when the socket closes or two seconds pass first. */
  async next(): Promise<Frame> {
    const deadline = Date.now() + 2_000
    for (;;) {
      const frame = this.frames[this.#read]
      if (frame) {
        this.#read++
        return frame
      }
      if (this.ws.readyState === WebSocket.CLOSED) throw new Error('closed')
      await new Promise<void>((resolve, reject) => {
        const late = setTimeout(() => reject(new Error('no frame came')), deadline - Date.now())
        this.#told = () => {
          clearTimeout(late)
          resolve()
        }
      })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ws.terminate()
    await this.closed
  }
}
