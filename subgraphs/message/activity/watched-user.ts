import type { News } from './channels.ts'

/** Milliseconds. */
export interface Lives {
  /** Between questions whether a user is online. */
  readonly askMs: number
  /** For which a user who said to be online is taken to be. */
  readonly onlineMs: number
  /** For which other processes can say that a user, who has left one, is still online. */
  readonly leaveMs: number
  /** For which a user who writes is taken to go on. */
  readonly typingMs: number
  /** Between looks whether who watches still may. */
  readonly checkMs: number
}

export interface UserListener {
  changed(userId: number): void
}

/** What this process knows of a user whom somebody watches. */
export class WatchedUser {
  readonly id: number
  readonly listeners = new Set<UserListener>()
  readonly #lives: Lives
  readonly #ask: () => void
  #offline: NodeJS.Timeout | undefined
  readonly #typing = new Map<number, NodeJS.Timeout>()

  /** @param ask asks whether the user is online, for whoever knows to tell */
  constructor(id: number, lives: Lives, ask: () => void) {
    this.id = id
    this.#lives = lives
    this.#ask = ask
  }

  get online(): boolean {
    return this.#offline !== undefined
  }

  isTypingTo(userId: number): boolean {
    return this.#typing.has(userId)
  }

  hear(news: News): void {
    if ('typingTo' in news) this.#startTyping(news.typingTo)
    else if (news.online) this.#stayOnline(this.#lives.onlineMs)
    else if (this.online) {
      this.#stayOnline(this.#lives.leaveMs)
      this.#ask()
    }
  }

  close(): void {
    clearTimeout(this.#offline)
    for (const timer of this.#typing.values()) clearTimeout(timer)
  }

  #stayOnline(ms: number): void {
    const before = this.online
    clearTimeout(this.#offline)
    this.#offline = setTimeout(() => {
      this.#offline = undefined
      this.#tell()
    }, ms).unref()
    if (!before) this.#tell()
  }

  #startTyping(to: number): void {
    const before = this.#typing.get(to)
    clearTimeout(before)
    const stop = () => {
      this.#typing.delete(to)
      this.#tell()
    }
    this.#typing.set(to, setTimeout(stop, this.#lives.typingMs).unref())
    if (!before) this.#tell()
  }

  #tell(): void {
    for (const listener of this.listeners) listener.changed(this.id)
  }
}
