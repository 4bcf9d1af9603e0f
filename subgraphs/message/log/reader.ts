import { faultOf } from '../../../kit/database/transaction.ts'
import { PullIterator } from '../../../kit/pull-iterator.ts'
import { endOf, type LogAccess } from './access.ts'
import type { LogEntry, LogHead } from './log.ts'
import { perPage } from './pages.ts'
import { encodePosition, following, type Position, type ResetReason } from './position.ts'
import type { Watcher } from './watch.ts'

/** Something to tell the one who reads a log, and where to go on after it. */
export type LogEvent<Entry> =
  | { readonly type: 'opened'; readonly cursor: string }
  | { readonly type: 'reset'; readonly cursor: string; readonly reason: ResetReason }
  | { readonly type: 'entry'; readonly cursor: string; readonly entry: Entry }

/**
 * Reads the log of a user from a position on, and goes on as it grows. Reads a page only when it is asked for an event and
 * has none, so a consumer that stops holds one page at most.
 */
export class LogReader<Entry extends LogEntry> extends PullIterator<LogEvent<Entry>> implements Watcher<Entry> {
  readonly #userId: number
  readonly #access: LogAccess<Entry>
  readonly #leave: () => void
  #position: Position | undefined
  /** The log is known to reach this number; infinite when nobody knows. */
  #reaches = Number.POSITIVE_INFINITY
  #queue: LogEvent<Entry>[] = []
  #reading = false

  /**
   * @param from undefined to begin where the log ends now
   * @param leave called once, when the reader ends for whatever reason
   */
  constructor(userId: number, from: Position | undefined, access: LogAccess<Entry>, leave: () => void) {
    super()
    this.#userId = userId
    this.#position = from
    this.#access = access
    this.#leave = leave
    this.#advance()
  }

  hint(seq = Number.POSITIVE_INFINITY): void {
    this.#reaches = Math.max(this.#reaches, seq)
    this.#advance()
  }

  append(entries: readonly Entry[]): void {
    const [first] = entries
    const last = entries.at(-1)
    const position = this.#position
    if (!(first && last && position) || this.isOver) return
    if (this.#canTake(entries.length, first, position)) {
      this.#queue = this.#eventsOf(position.epoch, entries) // nothing is in it, as somebody waits
      this.deliver()
    } else if (this.#reading || contradicts(last, position)) this.hint()
    else this.hint(last.seq)
  }

  /** Whether they follow what was handed out, with nothing unread between, for somebody who waits. */
  #canTake(count: number, { seq }: Entry, position: Position): boolean {
    if (this.#reading || !this.isAwaited || count > perPage) return false
    // At the very beginning nothing that was read could tell another log from this one.
    return position.seq > 0 && seq === position.seq + 1 && this.#reaches <= position.seq
  }

  look(head: LogHead | undefined): void {
    if (head?.seq !== this.#position?.seq || head?.epoch !== this.#position?.epoch) this.hint()
  }

  protected override take(): IteratorYieldResult<LogEvent<Entry>> | undefined {
    const value = this.#queue.shift()
    return value && { done: false, value }
  }

  protected override wanted(): void {
    this.#advance()
  }

  protected override ended(): void {
    this.#queue = []
    this.#leave()
  }

  #advance(): void {
    if (this.isOver || this.#reading) return
    // Where "now" is must not depend on when the consumer gets to its first question.
    if (this.#position && (!this.isAwaited || this.#reaches <= this.#position.seq)) return
    this.#reading = true
    void this.#read()
  }

  async #read(): Promise<void> {
    this.#reaches = 0
    try {
      const events = await (this.#position ? this.#readFrom(this.#position) : this.#goToHead())
      if (!this.isOver) {
        this.#queue = events
        this.deliver()
      }
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
    this.#reaches = Math.max(this.#reaches, page?.head.seq ?? 0)
    return this.#eventsOf(position.epoch, entries)
  }

  #eventsOf(epoch: number, entries: readonly Entry[]): LogEvent<Entry>[] {
    return entries.map((entry) => {
      this.#position = { epoch, seq: entry.seq, id: entry.id }
      return { type: 'entry', cursor: encodePosition(this.#position), entry } as const
    })
  }

  async #goToHead(reason?: ResetReason): Promise<LogEvent<Entry>[]> {
    const { position, reaches } = await endOf(this.#access, this.#userId)
    this.#position = position
    this.#reaches = Math.max(this.#reaches, reaches)
    const cursor = encodePosition(position)
    return [reason ? { type: 'reset', cursor, reason } : { type: 'opened', cursor }]
  }
}

/** Whether an entry stands where another one was read: a log that was restored gives its numbers anew. */
const contradicts = ({ seq, id }: LogEntry, position: Position): boolean =>
  seq === position.seq ? id !== position.id : seq < position.seq && id > position.id
