import { codeOf } from '../../kit/errors.ts'
import type { ObjectStorage } from '../../kit/storage/storage.ts'
import {
  type Attempt,
  attemptKey,
  attemptLife,
  coverKey,
  fileKey,
  incoming,
  newAttempt,
  parseAttempt,
} from './attempt.ts'

/** Moves the files of attempts. Every step may be repeated, and done by several processes with the same attempt. */
export class Attempts {
  readonly #storage: ObjectStorage
  readonly #clock: () => number
  readonly #random: (bytes: number) => Uint8Array

  constructor(storage: ObjectStorage, clock: () => number, random: (bytes: number) => Uint8Array) {
    this.#storage = storage
    this.#clock = clock
    this.#random = random
  }

  /**
   * Takes what was sent away from its sender. When another attempt has taken it, one that is at work or one that died,
   * joins that one. Undefined when there is no file.
   */
  async take(uploadId: string): Promise<Attempt | undefined> {
    const attempt = newAttempt(uploadId, this.#clock(), this.#random(8))
    if (await this.#move(incoming + uploadId, fileKey(attempt))) return attempt
    for await (const { key } of this.#storage.list(`${incoming}${uploadId}.`)) {
      const other = parseAttempt(key)
      if (other && this.isAlive(other) && (await this.holdsFile(other))) return other
    }
    return undefined
  }

  /** Whether the attempt may still publish: much later its files are removed. */
  isAlive(attempt: Attempt): boolean {
    return this.#clock() - attempt.startedAt < attemptLife
  }

  async holdsFile(attempt: Attempt): Promise<boolean> {
    return (await this.#storage.stat(fileKey(attempt))) !== undefined
  }

  /** Brings the file to its final place. Undefined when the file is not there any more. */
  async place(attempt: Attempt, extension: string): Promise<{ placed: Attempt; bytes: number } | undefined> {
    const placed = { ...attempt, extension }
    await this.#storage.write(attemptKey(placed), nothing(), { maxBytes: 0 })
    const there = attempt.extension !== undefined || (await this.#move(fileKey(attempt), fileKey(placed)))
    const object = there ? await this.#storage.stat(fileKey(placed)) : undefined
    return object && { placed, bytes: object.bytes }
  }

  /** Removes every file of the attempt except those that `kept` names; last of all what says that it exists. */
  async settle(attempt: Attempt, kept: readonly string[]): Promise<void> {
    for (const key of [fileKey(attempt), coverKey(attempt)]) if (!kept.includes(key)) await this.#storage.delete(key)
    await this.#storage.delete(attemptKey(attempt))
  }

  async #move(from: string, to: string): Promise<boolean> {
    try {
      await this.#storage.move(from, to)
      return true
    } catch (error) {
      if (codeOf(error) === 'NOT_FOUND') return false
      throw error
    }
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
