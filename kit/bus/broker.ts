import type { Redis } from 'ioredis'
import { duplicateTo } from '../redis.ts'

export interface BrokerEvents {
  /** A new connection, which is subscribed to nothing. */
  readonly ready: () => void
  readonly closed: () => void
  readonly message: (channel: string, text: string) => void
}

/** Names in one SUBSCRIBE: few enough for the server to serve others in between. */
const chunk = 500

/** One subscribing connection to one server. It connects again by itself, and is then subscribed to nothing. */
export class Broker {
  readonly #connection: Redis
  readonly #sharded: boolean

  constructor(server: Redis, sharded: boolean, { ready, closed, message }: BrokerEvents) {
    this.#sharded = sharded
    // Long: thousands of channels are subscribed in one go. A dead server is found by its silence, much earlier.
    this.#connection = duplicateTo(server, { commandTimeout: 10_000, readOnly: false })
    this.#connection.on('error', () => {}) // told once by the client for commands, and 'close' follows here
    this.#connection.on('ready', ready)
    this.#connection.on('close', closed)
    this.#connection.on(sharded ? 'smessage' : 'message', message)
  }

  get ready(): boolean {
    return this.#connection.status === 'ready'
  }

  /** @param settled called for each group of channels, with whether the server has confirmed it */
  subscribe(channels: readonly string[], settled: (channels: readonly string[], confirmed: boolean) => void): void {
    const groups = this.#sharded
      ? channels.map((channel) => [channel]) // a command may name one slot only
      : Array.from({ length: Math.ceil(channels.length / chunk) }, (_, i) => channels.slice(i * chunk, (i + 1) * chunk))
    for (const group of groups) {
      const sent = this.#sharded ? this.#connection.ssubscribe(...group) : this.#connection.subscribe(...group)
      sent.then(
        () => settled(group, true),
        () => settled(group, false),
      )
    }
  }

  unsubscribe(channel: string): void {
    const sent = this.#sharded ? this.#connection.sunsubscribe(channel) : this.#connection.unsubscribe(channel)
    sent.catch(() => {}) // without a connection there is nothing to unsubscribe from
  }

  /** The answer, or its absence, keeps or ends the connection. */
  ping(): void {
    this.#connection.ping().catch(() => {})
  }

  close(): void {
    this.#connection.disconnect()
  }
}
