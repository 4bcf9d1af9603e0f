import type { Cache } from '../kit/cache/cache.ts'
import type { Database } from '../kit/database/database.ts'
import { isMissingTable } from '../kit/database/missing-table.ts'
import type { ObjectStorage } from '../kit/storage/storage.ts'

/** What is looked at. It may be in use meanwhile: what is found counts only when one statement sees all of it. */
export interface World {
  readonly db: Database
  readonly storage: ObjectStorage
  /** One that processes share; what a process has in its own memory can't be seen from here. */
  readonly cache: Cache | undefined
  readonly clock: () => number
}

export interface Check {
  /** What is held true, in a few words. */
  readonly name: string
  run(world: World, report: Report): Promise<void>
}

export interface Report {
  /** Counts what was looked at. */
  looked(count: number): void
  /** Something that is not as it has to be. @param repair what makes it right, where that can be derived */
  finding(text: string, repair?: () => Promise<void>): Promise<void>
}

export interface Result {
  readonly name: string
  readonly looked: number
  readonly findings: number
  readonly repaired: number
  /** The first few findings. */
  readonly examples: readonly string[]
}

const mostExamples = 5

/** @param repair whether to make right at once what can be */
export async function runCheck(check: Check, world: World, repair: boolean): Promise<Result> {
  const result = { name: check.name, looked: 0, findings: 0, repaired: 0, examples: [] as string[] }
  const report: Report = {
    looked(count) {
      result.looked += count
    },
    async finding(text, fix) {
      result.findings++
      if (result.examples.length < mostExamples) result.examples.push(text)
      if (!repair || !fix) return
      await fix()
      result.repaired++
    },
  }
  try {
    await check.run(world, report)
  } catch (error) {
    // The domain was never started on this database, so there is nothing of it to look at.
    if (!isMissingTable(error)) throw error
  }
  return result
}
