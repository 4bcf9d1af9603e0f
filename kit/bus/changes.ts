import { PullIterator } from '../pull-iterator.ts'
import type { Bus, BusItem } from './bus.ts'

export interface ChangesOptions {
  readonly bus: Pick<Bus, 'on'>
  /** Milliseconds between events of one channel, at least; the last hint is always followed by an event. */
  readonly everyMs?: number
  /** Milliseconds after which a quiet channel has an event without a hint, give or take a quarter: hints can be lost. */
  readonly refreshMs?: number
  /** Tells the hint after which there are no more. */
  readonly isEnd?: (payload: unknown) => boolean
  readonly random?: () => number
}

/**
 * Follows what has a newest state and no history: an event says "look again" and stands for all before it. However many
 * hints there are, a channel has few events, and a consumer that is busy has at most one waiting.
 */
export class Changes {
  readonly #options: Required<ChangesOptions>
  readonly #channels = new Map<string, Channel>()

  constructor({ everyMs = 50, refreshMs = 60_000, isEnd = () => false, random = Math.random, bus }: ChangesOptions) {
    this.#options = { bus, everyMs, refreshMs, isEnd, random }
  }

  /** The first event comes at once. */
  follow(name: string): Follower {
    const channel = this.#channels.get(name) ?? new Channel(name, this.#options)
    this.#channels.set(name, channel)
    const follower = new Follower(() => {
      channel.followers.delete(follower)
      if (channel.followers.size > 0 || this.#channels.get(name) !== channel) return
      channel.close()
      this.#channels.delete(name)
    })
    channel.followers.add(follower)
    return follower
  }

  /** Ends all followers with an error, so that they go on elsewhere. */
  close(error: unknown): void {
    for (const channel of this.#channels.values()) for (const follower of [...channel.followers]) follower.fail(error)
  }
}

/** One channel that somebody follows, with the pace of its events. */
class Channel {
  readonly followers = new Set<Follower>()
  readonly #options: Required<ChangesOptions>
  readonly #off: () => void
  #pause: NodeJS.Timeout | undefined
  #refresh: NodeJS.Timeout | undefined
  #hinted = false

  constructor(name: string, options: Required<ChangesOptions>) {
    this.#options = options
    this.#off = options.bus.on(name, (item) => this.#hear(item))
    this.#restartRefresh()
  }

  end(): void {
    for (const follower of [...this.followers]) void follower.return()
  }

  close(): void {
    this.#off()
    clearTimeout(this.#pause)
    clearTimeout(this.#refresh)
  }

  #hear(item: BusItem): void {
    if (item.type === 'message' && this.#options.isEnd(item.payload)) this.end()
    else if (this.#pause) this.#hinted = true
    else this.#emit()
  }

  #emit(): void {
    this.#hinted = false
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      if (this.#hinted) this.#emit()
    }, this.#options.everyMs).unref()
    this.#restartRefresh()
    for (const follower of this.followers) follower.changed()
  }

  #restartRefresh(): void {
    const { refreshMs, random } = this.#options
    clearTimeout(this.#refresh)
    this.#refresh = setTimeout(() => this.#emit(), refreshMs * (0.75 + random() / 2)).unref()
  }
}

/** Has an event when something has changed since the one before. */
export class Follower extends PullIterator<undefined> {
  readonly #leave: () => void
  #fresh = true

  /** @param leave called once, when it ends for whatever reason */
  constructor(leave: () => void) {
    super()
    this.#leave = leave
  }

  changed(): void {
    this.#fresh = true
    this.deliver()
  }

  protected override take(): IteratorYieldResult<undefined> | undefined {
    if (!this.#fresh) return undefined
    this.#fresh = false
    return { done: false, value: undefined }
  }

  protected override ended(): void {
    this.#leave()
  }
}
