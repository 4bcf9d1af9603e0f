import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { graphql } from '../../testkit/graphql.ts'

const subscription = `subscription ($after: String) { messageReceived(after: $after) {
  cursor ... on MessageReceived { message { content } } } }`

interface Event {
  readonly cursor: string
  readonly message?: { readonly content: string }
}

/** Listens for messages through whatever breaks, going on from its cursor each time. */
export class Listener {
  readonly received: string[] = []
  /** How often it had to begin anew. */
  connections = 0
  readonly #url: string
  readonly #token: string
  #cursor: string
  #open = true
  #ws: WebSocket | undefined
  #done: Promise<void>

  /** Hears everything from now on. */
  static async start(url: string, token: string): Promise<Listener> {
    const { data } = await graphql(url, '{ inbox { cursor } }', { token })
    return new Listener(url, token, data['inbox'].cursor)
  }

  private constructor(url: string, token: string, cursor: string) {
    this.#url = url
    this.#token = token
    this.#cursor = cursor
    this.#done = this.#listen()
  }

  async stop(): Promise<void> {
    this.#open = false
    this.#ws?.terminate()
    await this.#done
  }

  async #listen(): Promise<void> {
    while (this.#open) {
      this.connections++
      const ws = new WebSocket(`${this.#url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
      this.#ws = ws
      ws.on('error', () => {}) // 'close' follows
      ws.on('open', () => {
        ws.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${this.#token}` } }))
      })
      ws.on('message', (data) => this.#handle(ws, JSON.parse(String(data))))
      await once(ws, 'close')
      await sleep(200)
    }
  }

  #handle(ws: WebSocket, message: { type: string; payload?: { data?: { messageReceived?: Event } | null } }): void {
    const { type, payload } = message
    const event = payload?.data?.messageReceived
    if (type === 'connection_ack') {
      const variables = { after: this.#cursor }
      ws.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: subscription, variables } }))
    } else if (type === 'ping') ws.send('{"type":"pong"}')
    else if (type === 'next' && event) {
      this.#cursor = event.cursor
      if (event.message) this.received.push(event.message.content)
    } else if (type !== 'pong') ws.close() // an error, or its end: once more, from the cursor
  }
}
