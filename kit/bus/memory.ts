import type { Bus, BusLog, BusSubscription, Json, Listener, SubscribeOptions } from './bus.ts'
import { Channels } from './channels.ts'

/** The bus of one process: nobody outside hears it. */
export class MemoryBus implements Bus {
  readonly connected = true
  readonly #channels: Channels

  constructor({ log }: { readonly log: BusLog }) {
    this.#channels = new Channels({ opened: () => {}, closed: () => {}, log })
  }

  async publish(channel: string, payload: Json): Promise<void> {
    this.#channels.check()
    this.#channels.deliver(channel, { type: 'message', payload })
  }

  on(channel: string, listener: Listener): () => void {
    return this.#channels.on(channel, listener)
  }

  subscribe(channel: string, options?: SubscribeOptions): BusSubscription {
    return this.#channels.subscribe(channel, options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#channels.end()
  }
}
