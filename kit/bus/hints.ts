import type { Bus, Json } from './bus.ts'

export interface HintLog {
  debug(fields: object, message: string): void
}

/**
 * Tells the bus that something changed: each channel once for all changes of one tick, which are those of one commit.
 * Never waits and never fails, as whoever missed a hint finds the truth in the database.
 */
export class Hints {
  readonly #bus: Pick<Bus, 'publish'>
  readonly #log: HintLog
  #waiting = new Map<string, Json>()

  constructor(bus: Pick<Bus, 'publish'>, log: HintLog) {
    this.#bus = bus
    this.#log = log
  }

  /** After a commit. Of several payloads in one tick the last one counts. */
  send(channel: string, payload: Json = null): void {
    this.#waiting.set(channel, payload)
    if (this.#waiting.size === 1) setImmediate(() => this.#publish())
  }

  #publish(): void {
    const waiting = this.#waiting
    this.#waiting = new Map()
    for (const [channel, payload] of waiting)
      this.#bus.publish(channel, payload).catch((err: unknown) => this.#log.debug({ err, channel }, 'a hint was lost'))
  }
}
