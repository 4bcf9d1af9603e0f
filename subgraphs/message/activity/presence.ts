import type { Bus } from '../../../kit/bus/bus.ts'
import type { Hints } from '../../../kit/bus/hints.ts'
import { newsChannel, questionChannel } from './channels.ts'

/** Who is online through this process: whoever has a stream open. Says so at every change, and when it is asked. */
export class Presence {
  readonly #bus: Pick<Bus, 'on'>
  readonly #hints: Hints
  readonly #users = new Map<number, { streams: number; readonly off: () => void }>()

  constructor(bus: Pick<Bus, 'on'>, hints: Hints) {
    this.#bus = bus
    this.#hints = hints
  }

  opened(userId: number): void {
    const known = this.#users.get(userId)
    if (known) {
      known.streams++
      return
    }
    const tell = () => this.#hints.send(newsChannel(userId), { online: true })
    this.#users.set(userId, { streams: 1, off: this.#bus.on(questionChannel(userId), tell) })
    tell()
  }

  closed(userId: number): void {
    const known = this.#users.get(userId)
    if (!known || --known.streams > 0) return
    known.off()
    this.#users.delete(userId)
    this.#hints.send(newsChannel(userId), { online: false }) // here; another process may say otherwise
  }
}
