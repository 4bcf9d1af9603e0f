import { errors } from '../kit/errors.ts'
import type { OperationRequest } from './subscriptions/operations.ts'

/** Operations of one connection that wait at the same time; a page that has just been opened asks for fewer. */
const mostWaiting = 30

interface Place {
  isKnown(): boolean
  readonly begin: (() => void)[]
}

/** Milliseconds. */
const longestRest = 100

/**
 * Operations that are new hold up the whole process while they are read, checked and planned: one does so at a time, and
 * then the process rests from them for as long as it took. That others are served in between needs more than one turn of
 * the event loop: it takes no more than one new connection in each. Connections take turns with each other, so that one with
 * many new operations does not keep the others waiting.
 */
export class Turns {
  /** Who waits, by connection and operation; the first is next. */
  readonly #waiting = new Map<object, Map<string, Place>>()
  #taken = false

  /**
   * Resolves when it is this one's turn, which is at once for an operation that is known, or while nobody else waits. It has
   * to be planned then without waiting for anything more.
   * @throws TOO_MANY_REQUESTS when too many others of the connection wait already
   */
  async next(connection: object, request: Partial<OperationRequest>, isKnown: () => boolean): Promise<void> {
    if (isKnown()) return
    const operation = JSON.stringify([request.operationName, request.query])
    if (this.#taken) return this.#wait(connection, operation, isKnown)
    this.#take(operation)
  }

  #wait(connection: object, operation: string, isKnown: () => boolean): Promise<void> {
    const places = this.#waiting.get(connection) ?? new Map<string, Place>()
    const place = places.get(operation) ?? { isKnown, begin: [] }
    if (!places.has(operation) && places.size >= mostWaiting) throw errors.tooManyRequests('new operations at once')
    this.#waiting.set(connection, places.set(operation, place))
    return new Promise((resolve) => place.begin.push(resolve))
  }

  #take(operation: string): void {
    this.#taken = true
    const begun = performance.now()
    setImmediate(() => {
      setTimeout(this.#pass, Math.min(performance.now() - begun, longestRest))
      this.#release(operation)
    })
  }

  /** Who waits with an operation that has become known has nothing more to wait for. */
  #release(operation: string): void {
    for (const [connection, places] of this.#waiting) {
      const place = places.get(operation)
      if (!place?.isKnown()) continue
      places.delete(operation)
      if (places.size === 0) this.#waiting.delete(connection)
      for (const begin of place.begin) begin()
    }
  }

  readonly #pass = (): void => {
    for (const [connection, places] of this.#waiting) {
      this.#waiting.delete(connection)
      const [first] = places
      if (!first) continue
      const [operation, { isKnown, begin }] = first
      const known = isKnown()
      // An operation that is at fault never becomes known: each who waits with it has a turn of its own.
      for (const resolve of begin.splice(0, known ? begin.length : 1)) resolve()
      if (begin.length === 0) places.delete(operation)
      if (places.size > 0) this.#waiting.set(connection, places)
      if (known) continue
      this.#take(operation)
      return
    }
    this.#taken = false
  }
}
