import type { BusItem, BusLog, BusSubscription, Listener, SubscribeOptions } from './bus.ts'
import { Subscription } from './subscription.ts'

export interface ChannelHooks {
  /** The first listener has come, or the last one has gone. */
  readonly opened: (channel: string) => void
  readonly closed: (channel: string) => void
  readonly log: BusLog
}

/** Who listens to what in this process. A channel costs nothing once nobody listens to it. */
export class Channels {
  readonly #listeners = new Map<string, Set<Listener>>()
  readonly #subscriptions = new Set<Subscription>()
  readonly #hooks: ChannelHooks
  #ended = false

  constructor(hooks: ChannelHooks) {
    this.#hooks = hooks
  }

  check(): void {
    if (this.#ended) throw new Error('the bus was used after it was disposed of')
  }

  has(channel: string): boolean {
    return this.#listeners.has(channel)
  }

  on(channel: string, listener: Listener): () => void {
    this.check()
    // Wrapped, so that one function listening twice is two listeners.
    const own: Listener = (item) => listener(item)
    const listeners = this.#listeners.get(channel)
    if (listeners) listeners.add(own)
    else {
      this.#listeners.set(channel, new Set([own]))
      this.#hooks.opened(channel)
    }
    return () => this.#off(channel, own)
  }

  subscribe(channel: string, options: SubscribeOptions = {}): BusSubscription {
    this.check()
    let off = () => {}
    const subscription = new Subscription(options, (self) => {
      this.#subscriptions.delete(self)
      off()
    })
    if (subscription.ended) return subscription
    this.#subscriptions.add(subscription)
    off = this.on(channel, (item) => subscription.receive(item))
    return subscription
  }

  deliver(channel: string, item: BusItem): void {
    for (const listener of this.#listeners.get(channel) ?? []) {
      try {
        listener(item)
      } catch (error) {
        // The fault of one listener must reach neither the publisher nor the other listeners.
        this.#hooks.log.error({ err: error, channel }, 'bus: a listener failed')
      }
    }
  }

  end(): void {
    this.#ended = true
    for (const subscription of this.#subscriptions) void subscription.return()
    this.#listeners.clear()
  }

  #off(channel: string, listener: Listener): void {
    const listeners = this.#listeners.get(channel)
    if (!listeners?.delete(listener) || listeners.size > 0) return
    this.#listeners.delete(channel)
    if (!this.#ended) this.#hooks.closed(channel)
  }
}
