import { randomUUID } from 'node:crypto'
import type { RedisLink } from '../redis-link.ts'
import type { Bus, BusItem, BusLog, BusSubscription, Json, Listener, SubscribeOptions } from './bus.ts'
import { Channels } from './channels.ts'
import { Routes } from './routes.ts'

export interface RedisBusOptions {
  /** Closed by its owner, after the bus. */
  readonly link: RedisLink
  /** Put before every channel, such as `app:`. */
  readonly prefix: string
  readonly log: BusLog
  /** Hints under way to Redis; those above it become gaps, so that a stall cannot fill the memory. */
  readonly maxUnsent?: number
  /** Channels remembered for a gap while Redis is away; the oldest are forgotten first. */
  readonly maxLost?: number
}

const gap: BusItem = { type: 'gap' }

/**
 * The bus of many processes: PUBLISH on a single server, SPUBLISH on a Redis Cluster, where a hint then costs one
 * server only. A hint is `[publisher, payload]`, a gap `[publisher]`.
 */
export class RedisBus implements Bus {
  readonly #link: RedisLink
  readonly #prefix: string
  readonly #maxUnsent: number
  readonly #maxLost: number
  readonly #me = randomUUID()
  readonly #channels: Channels
  readonly #routes: Routes
  /** Channels with hints that others did not get. */
  readonly #lost = new Set<string>()
  #unsent = 0

  constructor({ link, prefix, log, maxUnsent = 10_000, maxLost = 100_000 }: RedisBusOptions) {
    this.#link = link
    this.#prefix = prefix
    this.#maxUnsent = maxUnsent
    this.#maxLost = maxLost
    this.#channels = new Channels({
      opened: (channel) => this.#routes.open(prefix + channel),
      closed: (channel) => this.#routes.close(prefix + channel),
      log,
    })
    this.#routes = new Routes(link.client, {
      message: (name, text) => this.#receive(name.slice(prefix.length), text),
      active: (name) => this.#channels.deliver(name.slice(prefix.length), gap),
    })
    link.onRecovery(() => this.#announceLost())
  }

  get connected(): boolean {
    return this.#routes.connected
  }

  async publish(channel: string, payload: Json): Promise<void> {
    this.#channels.check()
    this.#channels.deliver(channel, { type: 'message', payload })
    if (this.#unsent >= this.#maxUnsent) return this.#lose(channel)
    // Not waited for: who publishes has committed already, and owes somebody an answer.
    void this.#send(channel, JSON.stringify([this.#me, payload]))
  }

  on(channel: string, listener: Listener): () => void {
    return this.#channels.on(channel, listener)
  }

  subscribe(channel: string, options?: SubscribeOptions): BusSubscription {
    return this.#channels.subscribe(channel, options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#channels.end()
    this.#routes.dispose()
  }

  async #send(channel: string, text: string): Promise<boolean> {
    const { client } = this.#link
    this.#unsent++
    try {
      await ('nodes' in client
        ? client.spublish(this.#prefix + channel, text)
        : client.publish(this.#prefix + channel, text))
      return true
    } catch {
      // Away, slow or full: whatever it is, the others have to be told later, and hints are never worth an error.
      this.#lose(channel)
      return false
    } finally {
      this.#unsent--
    }
  }

  #lose(channel: string): void {
    this.#lost.add(channel)
    for (const oldest of this.#lost) {
      if (this.#lost.size <= this.#maxLost) break
      this.#lost.delete(oldest)
    }
    this.#link.distrust()
  }

  async #announceLost(): Promise<void> {
    const channels = [...this.#lost]
    for (let start = 0; start < channels.length; start += 500) {
      const some = channels.slice(start, start + 500)
      for (const channel of some) this.#lost.delete(channel)
      const sent = await Promise.all(some.map((channel) => this.#send(channel, JSON.stringify([this.#me]))))
      if (sent.includes(false)) throw new Error('the gaps could not be sent')
    }
  }

  #receive(channel: string, text: string): void {
    const [publisher, ...payload] = JSON.parse(text) as [string, unknown?] // only #send publishes under our prefix
    if (publisher === this.#me) return
    this.#channels.deliver(channel, payload.length === 0 ? gap : { type: 'message', payload: payload[0] })
  }
}
