import { errors } from './errors.ts'

/**
 * Ids are whole numbers below 2^53, so that every JSON reader keeps them exact:
 * 41 bits milliseconds since {@link epoch} (until 2091), 7 bits worker, 5 bits sequence.
 * They sort by time, which lets one column serve as key, as order of a list and as creation time.
 */
export const epoch = Date.UTC(2022, 0, 1)
export const workers = 128
const sequences = 32
const perMillisecond = workers * sequences

/** The smallest id of a millisecond: `id < firstIdAt(ms)` means "made before `ms`". Clamped to the range of ids. */
export const firstIdAt = (ms: number) => Math.min(Math.max(ms - epoch, 0) * perMillisecond, Number.MAX_SAFE_INTEGER)

/** When an id was made, in milliseconds since 1970. */
export const timeOf = (id: number) => epoch + Math.floor(id / perMillisecond)

/** The one door where a GraphQL ID becomes a key. @throws BAD_USER_INPUT */
export function toKey(id: string, field = 'id'): number {
  const key = /^[1-9]\d{0,15}$/.test(id) ? Number(id) : Number.NaN
  if (!Number.isSafeInteger(key)) throw errors.invalid(field, 'not an id')
  return key
}

/** The right to make ids with a worker number, up to and including the millisecond `until`. The number may change. */
export interface WorkerLease {
  readonly worker: number
  /** No id of this worker number was ever made at or after this millisecond. */
  readonly from: number
  until(): number
}

/**
 * Makes ids for one process. When more are asked for in a millisecond than fit, or the clock steps back, it borrows from
 * the milliseconds to come: ids stay unique and ascending, their time runs ahead of the clock for a while.
 */
export class IdSource {
  readonly #lease: WorkerLease
  readonly #clock: () => number
  #worker: number
  #ms: number
  #sequence = 0

  constructor(lease: WorkerLease, clock: () => number = Date.now) {
    this.#lease = lease
    this.#clock = clock
    this.#worker = lease.worker
    this.#ms = lease.from
  }

  /** @throws UNAVAILABLE when the lease has run out, because another process may own the worker number by now */
  next(): number {
    const now = this.#clock()
    if (this.#worker !== this.#lease.worker) {
      this.#worker = this.#lease.worker
      this.#ms = Math.max(this.#ms + 1, this.#lease.from)
      this.#sequence = 0
    }
    if (now > this.#ms) {
      this.#ms = now
      this.#sequence = 0
    } else if (this.#sequence === sequences) {
      this.#ms += 1
      this.#sequence = 0
    }
    if (this.#ms > this.#lease.until()) throw errors.unavailable('id')
    return firstIdAt(this.#ms) + this.#worker * sequences + this.#sequence++
  }

  /** The millisecond after the last one used: where a successor with the same worker number may begin. */
  get end(): number {
    return this.#ms + 1
  }
}
