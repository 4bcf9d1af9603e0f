import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { errors } from '../../kit/errors.ts'

/** What one hash of argon2id costs, and how many may run. */
export interface PasswordCost {
  readonly memoryKib: number
  readonly passes: number
  /** Hashes that run at once; each holds a thread that files and DNS need too. */
  readonly atOnce: number
  /** Callers that wait for their turn; the next one is refused. */
  readonly mostWaiting: number
}

/** One hash takes some 25 ms of a core, so the last of those who wait has its turn after about 5 s on two cores. */
export const productionCost: PasswordCost = { memoryKib: 19 * 1024, passes: 2, atOnce: 2, mostWaiting: 400 }

/** A password exactly as it was typed: nothing is trimmed or normalised. @throws BAD_USER_INPUT */
export function checkedPassword(field: string, password: string): string {
  // A lone surrogate has no UTF-8 form: the hash would not tell it from any other one.
  if (!password.isWellFormed()) throw errors.invalid(field, 'is not valid Unicode text')
  const length = [...password].length
  if (length < 1) throw errors.invalid(field, 'must not be empty')
  if (length > 32) throw errors.invalid(field, 'has more than 32 characters')
  return password
}

/** Hashes and checks passwords, a few at once. */
export class Passwords {
  readonly #cost: PasswordCost
  readonly #decoy: string
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(cost: Partial<PasswordCost> = {}) {
    this.#cost = { ...productionCost, ...cost }
    this.#decoy = decoy(this.#cost)
  }

  /** In PHC form, with its own salt. @throws TOO_MANY_REQUESTS when too many are waiting */
  hash(password: string): Promise<string> {
    const { memoryKib, passes } = this.#cost
    return this.#limited(() => hash(password, { memoryCost: memoryKib, timeCost: passes, parallelism: 1 }))
  }

  /**
   * Without a hash to compare with the answer is false, after the same work: how long it takes must not tell whether a
   * name exists. @throws TOO_MANY_REQUESTS when too many are waiting
   */
  async matches(passwordHash: string | undefined, password: string): Promise<boolean> {
    const equal = await this.#limited(() => verify(passwordHash ?? this.#decoy, password))
    return equal && passwordHash !== undefined
  }

  async #limited<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running < this.#cost.atOnce) this.#running += 1
    else {
      if (this.#waiting.length >= this.#cost.mostWaiting) throw errors.tooManyRequests('password')
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.push(resolve)
      await promise // whoever leaves hands its place on, so the number of those who run stays the same
    }
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running -= 1
    }
  }
}

/** A hash of no password at all, of the same cost as a real one. */
function decoy({ memoryKib, passes }: PasswordCost): string {
  const random = (bytes: number) => randomBytes(bytes).toString('base64').replaceAll('=', '')
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=1$${random(16)}$${random(32)}`
}
