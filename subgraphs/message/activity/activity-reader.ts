import type { UserListener, WatchedUser } from './watched-user.ts'

export interface Activity {
  readonly userId: number
  readonly isOnline: boolean
  readonly isTyping: boolean
}

type Next = IteratorResult<Activity, undefined>

const end: Next = { done: true, value: undefined }

/**
 * The newest state of some users, each whenever it differs from what the consumer has seen. A consumer that is slow skips
 * states, and nothing is kept for it but whose state is new. An explicit iterator: `return()` ends it at once.
 */
export class ActivityReader implements AsyncIterableIterator<Activity, undefined>, UserListener {
  readonly #viewerId: number
  readonly #users: ReadonlyMap<number, WatchedUser>
  readonly #leave: () => void
  readonly #changed: Set<number>
  readonly #seen = new Map<number, Activity>()
  #waiting: PromiseWithResolvers<Next>[] = []
  #failure: { readonly error: unknown } | undefined
  #over = false

  /** @param leave called once, when it ends for whatever reason */
  constructor(viewerId: number, users: ReadonlyMap<number, WatchedUser>, leave: () => void) {
    this.#viewerId = viewerId
    this.#users = users
    this.#leave = leave
    this.#changed = new Set(users.keys())
  }

  changed(userId: number): void {
    this.#changed.add(userId)
    while (this.#waiting.length > 0) {
      const value = this.#take()
      if (!value) return
      this.#waiting.shift()?.resolve({ done: false, value })
    }
  }

  async next(): Promise<Next> {
    if (this.#failure) {
      const { error } = this.#failure
      this.#failure = undefined
      throw error
    }
    if (this.#over) return end
    const value = this.#take()
    if (value) return { done: false, value }
    const waiting = Promise.withResolvers<Next>()
    this.#waiting.push(waiting)
    return waiting.promise
  }

  async return(): Promise<Next> {
    this.#failure = undefined
    this.#finish()
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

  [Symbol.asyncIterator](): this {
    return this
  }

  /** The state of the next user of whom there is something new. */
  #take(): Activity | undefined {
    for (const userId of this.#changed) {
      this.#changed.delete(userId)
      const user = this.#users.get(userId)
      const seen = this.#seen.get(userId)
      const now = {
        userId,
        isOnline: user?.online === true,
        isTyping: user?.isTypingTo(this.#viewerId) === true,
      }
      if (seen?.isOnline === now.isOnline && seen.isTyping === now.isTyping) continue
      this.#seen.set(userId, now)
      return now
    }
    return undefined
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#leave()
  }
}
