import { errors } from '../kit/errors.ts'
import type { OperationRequest } from './subscriptions/operations.ts'

/** Operations of one connection that wait at the same time; a page that has just been opened asks for fewer. */
const mostWaiting = 30

interface Place {
  isKnown(): boolean
  readonly begin: (() => void)[]
}

/**
 * Operations that are new hold up the whole process while they are read, checked and planned: one does so in each turn of
 * the event loop, and whatever else has come is served in between. Connections take turns with each other, so that one with
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
    if (this.#taken) return this.#wait(connection, JSON.stringify([request.operationName, request.query]), isKnown)
    this.#taken = true
    setImmediate(this.#pass)
  }

  #wait(connection: object, operation: string, isKnown: () => boolean): Promise<void> {
    const places = this.#waiting.get(connection) ?? new Map<string, Place>()
    const place = places.get(operation) ?? { isKnown, begin: [] }
    if (!places.has(operation) && places.size >= mostWaiting) throw errors.tooManyRequests('new operations at once')
    this.#waiting.set(connection, places.set(operation, place))
    return new Promise((resolve) => place.begin.push(resolve))
  }

  readonly #pass = (): void => {
    for (const [connection, places] of this.#waiting) {
      this.#waiting.delete(connection)
      const known = beginFirst(places)
      if (places.size > 0) this.#waiting.set(connection, places)
      if (known) continue
      setImmediate(this.#pass)
      return
    }
    this.#taken = false
  }
}

/** Begins all of an operation that has become known by now, but only one of one that may still be of no use. */
function beginFirst(places: Map<string, Place>): boolean {
  for (const [operation, { isKnown, begin }] of places) {
    const known = isKnown()
    for (const resolve of begin.splice(0, known ? begin.length : 1)) resolve()
    if (begin.length === 0) places.delete(operation)
    return known
  }
  return true
}
