import { setImmediate as nextTurn } from 'node:timers/promises'
import { chunks } from '../../../kit/batch.ts'
import type { Bus } from '../../../kit/bus/bus.ts'
import { faultOf } from '../../../kit/database/transaction.ts'
import type { Logger } from '../../../kit/log.ts'
import { isRecord } from '../../../kit/record.ts'
import type { Log, LogEntry, LogHead } from './log.ts'

export interface WatchOptions {
  readonly bus: Pick<Bus, 'on'>
  readonly log: Logger
  /** Milliseconds between looks at all watched logs, give or take a quarter. */
  readonly pollMs?: number
  readonly random?: () => number
}

/** Who wants to know of a log. Called often and without cause: has to be quick. */
export interface Watcher<Entry> {
  /** The log may have grown to that number at least; of unknown length without one. */
  hint(seq?: number): void
  /** The log has grown by these entries, and nobody but the caller adds to it. */
  append(entries: readonly Entry[]): void
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
  readonly #watchers = new Map<number, Set<Watcher<Entry>>>()
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
  watch(userId: number, watcher: Watcher<Entry>): () => void {
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

  /**
   * The caller has added entries to a log, and committed them: here nobody needs to read them. Only for a process that has
   * the database to itself, and in the order of the commits: what others add between would be passed over.
   */
  grown(userId: number, entries: readonly Entry[]): void {
    for (const watcher of this.#watchers.get(userId) ?? []) watcher.append(entries)
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
      for (const userIds of chunks([...this.#watchers.keys()], atOnce)) {
        const heads = await this.#source.heads(userIds)
        if (this.#closed) return
        for (const [n, userId] of userIds.entries())
          for (const watcher of this.#watchers.get(userId) ?? []) watcher.look(heads[n])
        await nextTurn() // others have something to do too
      }
      const afterTrouble = this.#failures !== undefined
      this.#failures = undefined
      if (afterTrouble) for (const watchers of this.#watchers.values()) for (const watcher of watchers) watcher.hint()
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
  const seq = isRecord(payload) ? payload['seq'] : undefined
  return typeof seq === 'number' ? seq : undefined
}
