import type { Logger } from '../../kit/log.ts'
import type { Session } from './tables.ts'

/** The channel of {@link EndedSessions}. */
export const sessionChannel = 'session'

/** Tokens of this user with a version below `version` have stopped working. */
export interface EndedSessions {
  readonly userId: number
  readonly version: number
}

export interface Publisher {
  publish(channel: string, payload: unknown): Promise<void>
}

/** Tells every process that sessions have ended, so that open connections close at once. */
export class SessionNews {
  readonly #bus: Publisher | undefined
  readonly #log: Logger

  constructor(bus: Publisher | undefined, log: Logger) {
    this.#bus = bus
    this.#log = log
  }

  /** Never rejects: the new version is committed, and who checks a token reads it from the database. */
  async ended({ id, session_version }: Session): Promise<void> {
    const payload: EndedSessions = { userId: id, version: session_version }
    try {
      await this.#bus?.publish(sessionChannel, payload)
    } catch (error) {
      this.#log.warn({ err: error, userId: id }, 'ended sessions could not be announced')
    }
  }
}
