import type { Redis } from 'ioredis'
import type { RedisClient } from '../redis.ts'
import { Broker } from './broker.ts'
import { slotOf } from './slot.ts'

export interface RouteEvents {
  readonly message: (channel: string, text: string) => void
  /** From here on nothing of this channel is missed; before it something may have been. */
  readonly active: (channel: string) => void
}

/** A channel that somebody in this process listens to. */
interface Route {
  broker: Broker | undefined
  state: 'idle' | 'sent' | 'active'
}

/** How soon a dead connection or a moved channel is noticed. One timer serves all channels. */
const lookEveryMs = 500
const onlyServer = 'the only server'

/**
 * Which channel is subscribed where. One connection to each server: to a single one, or to each master of a Redis
 * Cluster, whose sharded channels live on the server that owns their slot and move with it.
 */
export class Routes {
  readonly #client: RedisClient
  readonly #events: RouteEvents
  readonly #routes = new Map<string, Route>()
  /** To be subscribed, as soon as their broker is ready. */
  readonly #pending = new Set<string>()
  readonly #brokers = new Map<string, Broker>()
  readonly #timer: NodeJS.Timeout
  readonly #look = () => this.#lookAround()
  #flushing = false

  constructor(client: RedisClient, events: RouteEvents) {
    this.#client = client
    this.#events = events
    client.on('refresh', this.#look) // a cluster has looked up anew who owns what
    this.#timer = setInterval(this.#look, lookEveryMs)
    this.#timer.unref()
    this.#lookAround()
  }

  get connected(): boolean {
    return this.#brokers.size > 0 && [...this.#brokers.values()].every(({ ready }) => ready)
  }

  open(channel: string): void {
    this.#routes.set(channel, { broker: this.#brokers.get(this.#ownerOf(channel)), state: 'idle' })
    this.#pending.add(channel)
    this.#flushSoon()
  }

  close(channel: string): void {
    const route = this.#routes.get(channel)
    this.#routes.delete(channel)
    this.#pending.delete(channel)
    if (route && route.state !== 'idle') route.broker?.unsubscribe(channel)
  }

  dispose(): void {
    clearInterval(this.#timer)
    this.#client.off('refresh', this.#look)
    for (const broker of this.#brokers.values()) broker.close()
    this.#brokers.clear()
    this.#routes.clear()
  }

  #ownerOf(channel: string): string {
    return 'nodes' in this.#client ? (this.#client.slots[slotOf(channel)]?.[0] ?? '') : onlyServer
  }

  #lookAround(): void {
    const servers = this.#servers()
    for (const [name, server] of servers) if (server && !this.#brokers.has(name)) this.#connect(name, server)
    for (const [name, broker] of this.#brokers) {
      if (broker.ready) broker.ping()
      if (servers.has(name)) continue
      broker.close()
      this.#brokers.delete(name)
    }
    for (const [channel, route] of this.#routes) {
      const broker = this.#brokers.get(this.#ownerOf(channel))
      if (broker === route.broker) continue
      if (route.state !== 'idle') route.broker?.unsubscribe(channel)
      route.broker = broker
      this.#reset(channel, route)
    }
    this.#flushSoon()
  }

  /** All servers that own channels; undefined where the client has no connection from which to copy ours yet. */
  #servers(): ReadonlyMap<string, Redis | undefined> {
    const client = this.#client
    if (!('nodes' in client)) return new Map([[onlyServer, client]])
    const known = new Map(client.nodes('master').map((node) => [`${node.options.host}:${node.options.port}`, node]))
    const owners = new Set(client.slots.map(([owner = '']) => owner))
    return new Map([...owners].map((owner) => [owner, known.get(owner)]))
  }

  #connect(name: string, server: Redis): void {
    const broker: Broker = new Broker(server, 'nodes' in this.#client, {
      ready: () => {
        this.#idle(broker)
        this.#flushSoon()
      },
      closed: () => this.#idle(broker),
      message: this.#events.message,
    })
    this.#brokers.set(name, broker)
  }

  #idle(broker: Broker): void {
    for (const [channel, route] of this.#routes) if (route.broker === broker) this.#reset(channel, route)
  }

  #reset(channel: string, route: Route): void {
    route.state = 'idle'
    this.#pending.add(channel)
  }

  /** Channels that are opened in one go share their commands. */
  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => {
      this.#flushing = false
      this.#flush()
    })
  }

  #flush(): void {
    const wanted = new Map<Broker, Map<string, Route>>()
    for (const channel of this.#pending) {
      const route = this.#routes.get(channel)
      if (!route?.broker?.ready) continue
      this.#pending.delete(channel)
      route.state = 'sent'
      const group = wanted.get(route.broker)
      if (group) group.set(channel, route)
      else wanted.set(route.broker, new Map([[channel, route]]))
    }
    for (const [broker, routes] of wanted) {
      broker.subscribe([...routes.keys()], (channels, confirmed) => {
        for (const channel of channels) {
          const route = routes.get(channel)
          // Closed and opened again meanwhile: that is another route, with an answer of its own to come.
          if (!route || route !== this.#routes.get(channel) || route.broker !== broker || route.state !== 'sent')
            continue
          if (confirmed) {
            route.state = 'active'
            this.#events.active(channel)
          } else this.#reset(channel, route)
        }
      })
    }
  }
}
