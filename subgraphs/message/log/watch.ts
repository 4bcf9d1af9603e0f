import { chunks } from '../../../kit/batch.ts'
import type { Bus } from '../../../kit/bus/bus.ts'
import { faultOf } from '../../../kit/database/transaction.ts'
import type { Logger } from '../../../kit/log.ts'
import type { Log, LogEntry, LogHead } from './log.ts'

export interface WatchOptions {
  readonly bus: Pick<Bus, 'on'>
  readonly log: Logger
  /** Milliseconds between looks at all watched logs, give or take a quarter. */
  readonly pollMs?: number
  readonly random?: () => number
}

/** Who wants to know of a log. Called often and without cause: has to be quick. */
export interface Watcher {
  /** The log may have grown to that number at least; of unknown length without one. */
  hint(seq?: number): void
  /** The log ends there now; undefined when it is gone. */
  look(head: LogHead | undefined): void
}

/** Heads that one statement reads. */
const atOnce = 500
const retryMs = 100
const longestRetryMs = 2_000

/**
 * Tells when logs may have grown: by the hints of the bus, and by a slow look at all watched logs for writers that died
 * between their commit and their hint. One look costs a statement for 500 logs, whatever the number of watchers. After
 * trouble with the database it looks sooner, alone for all watchers, and tells all of them when it is over.
 */
export class LogWatch<Entry extends LogEntry> {
  readonly #source: Log<Entry>
  readonly #options: Required<WatchOptions>
  readonly #watchers = new Map<number, Set<Watcher>>()
  #timer: NodeJS.Timeout | undefined
  #looking = false
  /** Looks in a row that failed; undefined while all is well. */
  #failures: number | undefined
  #closed = false

  constructor(source: Log<Entry>, { pollMs = 5_000, random = Math.random, ...options }: WatchOptions) {
    this.#source = source
    this.#options = { pollMs, random, ...options }
  }

  /** @returns what ends it */
  watch(userId: number, watcher: Watcher): () => void {
    const off = this.#options.bus.on(this.#source.channel(userId), (item) =>
      watcher.hint(item.type === 'message' ? seqOf(item.payload) : undefined),
    )
    const watchers = this.#watchers.get(userId) ?? new Set()
    this.#watchers.set(userId, watchers.add(watcher))
    this.#schedule()
    return () => {
      off()
      watchers.delete(watcher)
      if (watchers.size === 0 && this.#watchers.get(userId) === watchers) this.#watchers.delete(userId)
    }
  }

  /** A watcher could not reach the database, and waits to be told that it is back. */
  troubled(): void {
    if (this.#failures !== undefined) return
    this.#failures = 0
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#schedule()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#watchers.clear()
  }

  #schedule(): void {
    if (this.#closed || this.#looking || this.#timer || this.#watchers.size === 0) return
    const { pollMs, random } = this.#options
    const wait = this.#failures === undefined ? pollMs : Math.min(pollMs, longestRetryMs, retryMs * 2 ** this.#failures)
    this.#timer = setTimeout(() => void this.#look(), wait * (0.75 + random() / 2)).unref()
  }

  async #look(): Promise<void> {
    this.#timer = undefined
    this.#looking = true
    try {
      const found = new Map<number, LogHead | undefined>()
      for (const userIds of chunks([...this.#watchers.keys()], atOnce)) {
        const heads = await this.#source.heads(userIds)
        for (const [n, userId] of userIds.entries()) found.set(userId, heads[n])
      }
      const afterTrouble = this.#failures !== undefined
      this.#failures = undefined
      for (const [userId, watchers] of this.#watchers)
        for (const watcher of watchers) {
          if (afterTrouble) watcher.hint()
          else if (found.has(userId)) watcher.look(found.get(userId))
        }
    } catch (err) {
      const { log } = this.#options
      if (this.#failures === undefined || faultOf(err) === 'other') log.warn({ err }, 'logs could not be looked at')
      this.#failures = (this.#failures ?? 0) + 1
    } finally {
      this.#looking = false
      this.#schedule()
    }
  }
}

function seqOf(payload: unknown): number | undefined {
  const seq = typeof payload === 'object' && payload !== null && 'seq' in payload ? payload.seq : undefined
  return typeof seq === 'number' ? seq : undefined
}
