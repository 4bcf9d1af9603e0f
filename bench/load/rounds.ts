import type { Contender } from '../contenders/contender.ts'
import { seeded } from '../world/random.ts'
import type { BenchRequest } from './client.ts'
import { Client } from './client.ts'
import { arrive, type Pass, type Subject, saturate } from './measure.ts'

export interface Entry {
  readonly contender: Contender
  readonly next: () => BenchRequest
}

export interface Plan {
  readonly rounds: number
  /** Of one pass; each round has two for every entry, and warming up takes as long. */
  readonly seconds: number
}

/** What one entry did in one round. */
export interface Round {
  /** Under as many requests as it takes. */
  readonly saturated: Pass
  /** Under half of that. */
  readonly half: Pass
}

/** Clients of a saturating pass: enough to keep every core busy, few enough that they don't wait for each other. */
const clients = 16

/**
 * Measures entries in turns, so that whatever else the machine does falls on all of them: in each round every one is
 * saturated, and then given half of what it took.
 */
export async function inTurns(entries: readonly Entry[], { rounds, seconds }: Plan): Promise<Map<string, Round[]>> {
  const subjects = entries.map(({ contender, next }) => ({
    name: contender.name,
    subject: {
      client: new Client(contender.url, contender.check),
      next,
      pids: contender.servers.map(({ pid }) => pid),
    } satisfies Subject,
  }))
  const results = new Map<string, Round[]>(subjects.map(({ name }) => [name, []]))
  for (const { subject } of subjects) await saturate(subject, clients, 2 * seconds)
  for (let round = 0; round < rounds; round++)
    for (const { name, subject } of subjects) {
      const saturated = await saturate(subject, clients, seconds)
      const half = await arrive(subject, saturated.perSecond / 2, seconds, seeded(round))
      results.get(name)?.push({ saturated, half })
    }
  for (const { name, subject } of subjects) {
    if (subject.client.firstBad) console.error(`a bad answer of ${name}: ${subject.client.firstBad}`)
    await subject.client.close()
  }
  return results
}
