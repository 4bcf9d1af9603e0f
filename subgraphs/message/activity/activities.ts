import type { Bus } from '../../../kit/bus/bus.ts'
import type { Hints } from '../../../kit/bus/hints.ts'
import { errors } from '../../../kit/errors.ts'
import { ActivityReader } from './activity-reader.ts'
import { newsChannel, newsOf, questionChannel } from './channels.ts'
import { recheck } from './recheck.ts'
import { type Lives, WatchedUser } from './watched-user.ts'

const usual: Lives = { askMs: 20_000, onlineMs: 50_000, leaveMs: 1_000, typingMs: 6_000, checkMs: 20_000 }

/**
 * What users are doing, as far as this process has heard. Nothing is stored: who watches a user asks now and then, and what
 * is not confirmed fades. However many watch a user, a process asks once.
 */
export class Activities {
  readonly #bus: Pick<Bus, 'on'>
  readonly #hints: Hints
  readonly #lives: Lives
  readonly #users = new Map<number, { readonly user: WatchedUser; readonly off: () => void }>()
  readonly #readers = new Set<ActivityReader>()
  #asking: NodeJS.Timeout | undefined

  constructor(bus: Pick<Bus, 'on'>, hints: Hints, lives: Partial<Lives> = {}) {
    this.#bus = bus
    this.#hints = hints
    this.#lives = { ...usual, ...lives }
  }

  tellTyping(from: number, to: number): void {
    this.#hints.send(newsChannel(from), { typingTo: to })
  }

  /**
   * @param viewerId who is told of typing only if it is meant for him
   * @param check whether he may follow them, asked again and again: rejects with FORBIDDEN, which ends it
   */
  follow(viewerId: number, userIds: readonly number[], check: () => Promise<void>): ActivityReader {
    const users = new Map([...new Set(userIds)].map((id) => [id, this.#watch(id)]))
    const reader = new ActivityReader(viewerId, users, () => {
      leave()
      this.#readers.delete(reader)
      for (const user of users.values()) {
        user.listeners.delete(reader)
        if (user.listeners.size === 0) this.#forget(user)
      }
    })
    const leave = recheck(check, this.#lives.checkMs, (error) => reader.fail(error))
    for (const user of users.values()) user.listeners.add(reader)
    this.#readers.add(reader)
    this.#schedule()
    return reader
  }

  close(): void {
    clearTimeout(this.#asking)
    for (const reader of this.#readers) reader.fail(errors.unavailable('message'))
  }

  #watch(id: number): WatchedUser {
    const known = this.#users.get(id)
    if (known) return known.user
    const ask = () => this.#hints.send(questionChannel(id))
    const user = new WatchedUser(id, this.#lives, ask)
    const off = this.#bus.on(newsChannel(id), (item) => {
      const news = item.type === 'message' ? newsOf(item.payload) : undefined
      if (news) user.hear(news)
      else ask() // a gap: also the first thing to be heard where a broker has to open the channel
    })
    this.#users.set(id, { user, off })
    ask()
    return user
  }

  #forget(user: WatchedUser): void {
    this.#users.get(user.id)?.off()
    this.#users.delete(user.id)
    user.close()
    if (this.#users.size > 0) return
    clearTimeout(this.#asking)
    this.#asking = undefined
  }

  #schedule(): void {
    this.#asking ??= setTimeout(() => {
      this.#asking = undefined
      for (const id of this.#users.keys()) this.#hints.send(questionChannel(id))
      this.#schedule()
    }, this.#lives.askMs).unref()
  }
}
