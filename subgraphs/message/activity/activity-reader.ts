import { PullIterator } from '../../../kit/pull-iterator.ts'
import type { UserListener, WatchedUser } from './watched-user.ts'

export interface Activity {
  readonly userId: number
  readonly isOnline: boolean
  readonly isTyping: boolean
}

/**
 * The newest state of some users, each whenever it differs from what the consumer has seen. A consumer that is slow skips
 * states, and nothing is kept for it but whose state is new.
 */
export class ActivityReader extends PullIterator<Activity> implements UserListener {
  readonly #viewerId: number
  readonly #users: ReadonlyMap<number, WatchedUser>
  readonly #leave: () => void
  readonly #changed: Set<number>
  readonly #seen = new Map<number, Activity>()

  /** @param leave called once, when it ends for whatever reason */
  constructor(viewerId: number, users: ReadonlyMap<number, WatchedUser>, leave: () => void) {
    super()
    this.#viewerId = viewerId
    this.#users = users
    this.#leave = leave
    this.#changed = new Set(users.keys())
  }

  changed(userId: number): void {
    this.#changed.add(userId)
    this.deliver()
  }

  /** The state of the next user of whom there is something new. */
  protected override take(): IteratorYieldResult<Activity> | undefined {
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
      return { done: false, value: now }
    }
    return undefined
  }

  protected override ended(): void {
    this.#leave()
  }
}
