import { codeOf } from '../../kit/errors.ts'
import type { Sessions, SignedIn } from '../sessions.ts'
import { type Backoff, backoff } from './backoff.ts'

/** A client's connection, over WebSocket or server-sent events. */
export interface Connection {
  /** Looks whether the peer is still there. */
  beat(): void
  /** Ends it with a WebSocket close code and the reason. */
  end(code: number, reason: string): void
  /** Ends it as soon as nothing runs on it but subscriptions. */
  retire(): void
  /** Ends it without waiting for the peer. */
  destroy(): void
}

export interface ConnectionsOptions {
  readonly sessions: Pick<Sessions, 'viewerOf' | 'doubt'>
  readonly most: number
  readonly mostPerUser: number
  /** Milliseconds between looking whether a peer is there. */
  readonly beatEvery: number
  /** Milliseconds between asking whether a session still holds, though there was no news of its end. */
  readonly recheckEvery: number
  readonly clock: () => number
  readonly random: () => number
}

interface Entry {
  session: SignedIn | null
  token: string | null
  beatAt: number
  recheckAt: number
  /** Times in a row that nobody could tell whether the session holds. */
  failures: number
}

/** Users whose ended sessions are remembered, for connections that are just being opened. */
const mostEnded = 10_000

/** Milliseconds that a drain without a window takes at most to send everybody elsewhere: one for each. */
const longestSpread = 1_000

/** Close codes of the protocol, and of WebSocket itself. */
export const closeCodes = {
  forbidden: 4403,
  goingAway: 1001,
  failed: 1011,
  policy: 1008,
  tryLater: 1013,
  tooMany: 4429,
} as const

/**
 * All connections of this process. One timer looks after all of them, because ten thousand timers would cost more than
 * what they are for: each second it ends those whose token has expired, and pings those whose turn it is. The news of an
 * ended session may be lost with the process that had it, so that sessions are also asked for, each in its turn.
 */
export class Connections {
  readonly #options: ConnectionsOptions
  readonly #retries: Backoff
  readonly #entries = new Map<Connection, Entry>()
  readonly #byUser = new Map<number, Set<Connection>>()
  readonly #ended = new Map<number, number>()
  #timer: NodeJS.Timeout | undefined
  #draining = false

  constructor(options: ConnectionsOptions) {
    this.#options = options
    const { recheckEvery: most, random } = options
    this.#retries = backoff({ least: 1_000, most, random })
  }

  get size(): number {
    return this.#entries.size
  }

  /** Whether new connections have to be sent elsewhere. */
  get closed(): boolean {
    return this.#draining || this.#entries.size >= this.#options.most
  }

  add(connection: Connection): void {
    const { clock, random, beatEvery, recheckEvery } = this.#options
    const now = clock()
    // At different times, also for connections that were all opened together after a restart.
    const [beatAt, recheckAt] = [now + beatEvery * random(), now + recheckEvery * random()]
    this.#entries.set(connection, { session: null, token: null, beatAt, recheckAt, failures: 0 })
    this.#timer ??= setInterval(() => this.#look(), Math.min(1_000, beatEvery / 4)).unref()
  }

  /** @returns a close code and a reason when the user can't have this connection */
  identify(
    connection: Connection,
    token: string,
    session: SignedIn,
  ): readonly [code: number, reason: string] | undefined {
    const entry = this.#entries.get(connection)
    if (!entry) return [closeCodes.goingAway, 'closed']
    if ((this.#ended.get(session.id) ?? 0) > session.version) return [closeCodes.forbidden, 'the session was ended']
    const others = this.#byUser.get(session.id) ?? new Set()
    if (others.size >= this.#options.mostPerUser) return [closeCodes.tryLater, 'too many connections of this user']
    entry.session = session
    entry.token = token
    this.#byUser.set(session.id, others.add(connection))
    return undefined
  }

  delete(connection: Connection): void {
    const entry = this.#entries.get(connection)
    if (!entry) return
    this.#entries.delete(connection)
    if (entry.session) {
      const others = this.#byUser.get(entry.session.id)
      others?.delete(connection)
      if (others?.size === 0) this.#byUser.delete(entry.session.id)
    }
    if (this.#entries.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Ends the connections of a user whose token has a version below `version`. */
  sessionEnded({ userId, version }: { userId: number; version: number }): void {
    this.#ended.delete(userId)
    this.#ended.set(userId, version)
    if (this.#ended.size > mostEnded) this.#ended.delete(this.#ended.keys().next().value as number) // not empty
    for (const connection of [...(this.#byUser.get(userId) ?? [])])
      if ((this.#entries.get(connection)?.session?.version ?? version) < version)
        connection.end(closeCodes.forbidden, 'the session was ended')
  }

  /** For when news of ended sessions may have been missed: asks for each session whether it still holds. */
  async recheckSessions(): Promise<void> {
    this.#options.sessions.doubt()
    await Promise.all([...this.#entries].map(([connection, entry]) => this.#recheck(connection, entry)))
  }

  /**
   * Sends everybody elsewhere, spread over `window` milliseconds so that they do not come back all at once somewhere else:
   * many also within a window that is too short for them.
   * Nothing is lost by it: what runs to an end may finish within the window, and subscribers go on from their cursors.
   */
  async drain(window: number): Promise<void> {
    this.#draining = true
    const { random } = this.#options
    const spread = Math.max(window, Math.min(this.#entries.size, longestSpread))
    const due = [...this.#entries.keys()]
      .map((connection) => ({ connection, at: performance.now() + spread * random() }))
      .sort((a, b) => a.at - b.at)
    for (const { connection, at } of due) {
      await until(at)
      connection.retire()
    }
    await this.#emptyWithin(1_000)
    for (const connection of [...this.#entries.keys()]) connection.end(closeCodes.goingAway, 'going away')
    await this.#emptyWithin(1_000)
    for (const connection of [...this.#entries.keys()]) connection.destroy()
  }

  async #emptyWithin(patience: number): Promise<void> {
    const deadline = performance.now() + patience
    while (this.#entries.size > 0 && performance.now() < deadline) await until(performance.now() + 10)
  }

  #look(): void {
    const { clock, beatEvery } = this.#options
    const now = clock()
    for (const [connection, entry] of this.#entries) {
      if (entry.session && now >= entry.session.expiresAt) {
        connection.end(closeCodes.forbidden, 'the token has expired')
        continue
      }
      if (now >= entry.recheckAt) void this.#recheck(connection, entry)
      if (now >= entry.beatAt) {
        entry.beatAt = now + beatEvery
        connection.beat()
      }
    }
  }

  async #recheck(connection: Connection, entry: Entry): Promise<void> {
    const { sessions, clock, recheckEvery } = this.#options
    entry.recheckAt = clock() + recheckEvery
    if (entry.token === null) return
    try {
      await sessions.viewerOf(entry.token)
      entry.failures = 0
    } catch (error) {
      if (codeOf(error) === 'UNAUTHENTICATED') connection.end(closeCodes.forbidden, 'the session was ended')
      // Anything else says nothing about the session: its end may be what was missed, so that this can't wait for its turn.
      else entry.recheckAt = clock() + this.#retries.delay(entry.failures++)
    }
  }
}

async function until(moment: number): Promise<void> {
  const wait = moment - performance.now()
  if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait))
}
