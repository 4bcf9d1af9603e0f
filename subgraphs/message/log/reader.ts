import { faultOf } from '../../../kit/database/transaction.ts'
import { endOf, type LogAccess } from './access.ts'
import type { LogEntry, LogHead } from './log.ts'
import { encodePosition, following, type Position, type ResetReason } from './position.ts'
import type { Watcher } from './watch.ts'

/** Something to tell the one who reads a log, and where to go on after it. */
export type LogEvent<Entry> =
  | { readonly type: 'opened'; readonly cursor: string }
  | { readonly type: 'reset'; readonly cursor: string; readonly reason: ResetReason }
  | { readonly type: 'entry'; readonly cursor: string; readonly entry: Entry }

type Next<Entry> = IteratorResult<LogEvent<Entry>, undefined>

interface Waiting<Entry> {
  resolve(next: Next<Entry>): void
  reject(error: unknown): void
}

const end = { done: true, value: undefined } as const

/**
 * Reads the log of a user from a position on, and goes on as it grows. Reads a page only when it is asked for an event and
 * has none, so a consumer that stops holds one page at most. An explicit iterator, as `return()` has to end it also while
 * it waits for an event.
 */
export class LogReader<Entry extends LogEntry> implements AsyncIterableIterator<LogEvent<Entry>, undefined>, Watcher {
  readonly #userId: number
  readonly #access: LogAccess<Entry>
  readonly #ended: () => void
  #position: Position | undefined
  /** The log is known to reach this number; infinite when nobody knows. */
  #reaches = Number.POSITIVE_INFINITY
  #queue: LogEvent<Entry>[] = []
  #waiting: Waiting<Entry>[] = []
  #reading = false
  #over = false
  /** What it ended with, until somebody is told. */
  #failure: { readonly error: unknown } | undefined

  /**
   * @param from undefined to begin where the log ends now
   * @param ended called once, when the reader ends for whatever reason
   */
  constructor(userId: number, from: Position | undefined, access: LogAccess<Entry>, ended: () => void) {
    this.#userId = userId
    this.#position = from
    this.#access = access
    this.#ended = ended
    this.#advance()
  }

  next(): Promise<Next<Entry>> {
    const event = this.#queue.shift()
    if (event) return Promise.resolve({ done: false, value: event })
    if (this.#failure) {
      const { error } = this.#failure
      this.#failure = undefined
      return Promise.reject(error)
    }
    if (this.#over) return Promise.resolve(end)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#advance()
    })
  }

  async return(): Promise<Next<Entry>> {
    this.#finish()
    this.#failure = undefined
    for (const { resolve } of this.#waiting.splice(0)) resolve(end)
    return end
  }

  /** Ends it with an error, for the one who waits or asks next. */
  fail(error: unknown): void {
    if (this.#over) return
    this.#finish()
    const [first, ...others] = this.#waiting.splice(0)
    if (first) first.reject(error)
    else this.#failure = { error }
    for (const { resolve } of others) resolve(end)
  }

  hint(seq = Number.POSITIVE_INFINITY): void {
    this.#reaches = Math.max(this.#reaches, seq)
    this.#advance()
  }

  look(head: LogHead | undefined): void {
    if (head?.seq !== this.#position?.seq || head?.epoch !== this.#position?.epoch) this.hint()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #advance(): void {
    if (this.#over || this.#reading) return
    // Where "now" is must not depend on when the consumer gets to its first question.
    if (this.#position && (this.#waiting.length === 0 || this.#reaches <= this.#position.seq)) return
    this.#reading = true
    void this.#read()
  }

  async #read(): Promise<void> {
    this.#reaches = 0
    try {
      const events = await (this.#position ? this.#readFrom(this.#position) : this.#goToHead())
      if (!this.#over) this.#deliver(events)
    } catch (error) {
      this.#reaches = Number.POSITIVE_INFINITY
      if (faultOf(error) === 'other') this.fail(error)
      else this.#access.troubled()
      this.#reading = false
      return
    }
    this.#reading = false
    this.#advance()
  }

  async #readFrom(position: Position): Promise<LogEvent<Entry>[]> {
    const page = await this.#access.page({ userId: this.#userId, seq: position.seq })
    const entries = following(position, page)
    if (typeof entries === 'string') return this.#goToHead(entries)
    const { epoch } = position
    const events = entries.map((entry) => {
      this.#position = { epoch, seq: entry.seq, id: entry.id }
      return { type: 'entry', cursor: encodePosition(this.#position), entry } as const
    })
    this.#reaches = Math.max(this.#reaches, page?.head.seq ?? 0)
    return events
  }

  async #goToHead(reason?: ResetReason): Promise<LogEvent<Entry>[]> {
    const { position, reaches } = await endOf(this.#access, this.#userId)
    this.#position = position
    this.#reaches = Math.max(this.#reaches, reaches)
    const cursor = encodePosition(position)
    return [reason ? { type: 'reset', cursor, reason } : { type: 'opened', cursor }]
  }

  #deliver(events: LogEvent<Entry>[]): void {
    this.#queue = events
    while (this.#waiting.length > 0) {
      const event = this.#queue.shift()
      if (!event) return
      this.#waiting.shift()?.resolve({ done: false, value: event })
    }
  }

  #finish(): void {
    this.#queue = []
    if (this.#over) return
    this.#over = true
    this.#ended()
  }
}
