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
  /** Of one pass. */
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
 * saturated, and then given half of what it took. Before, each is warmed up for as long as a round takes it.
 */
export async function inTurns(entries: readonly Entry[], { rounds, seconds }: Plan): Promise<Map<string, Round[]>> {
  const subjects = entries.map(subjectOf)
  const results = new Map<string, Round[]>(subjects.map(({ name }) => [name, []]))
  for (const subject of subjects) await saturate(subject, clients, 2 * seconds)
  for (let round = 0; round < rounds; round++)
    for (const subject of subjects) {
      await saturate(subject, clients, seconds / 3) // while others had their turn, caches and V8 have forgotten some of it
      const saturated = await saturate(subject, clients, seconds)
      const half = await arrive(subject, saturated.perSecond / 2, seconds, seeded(round))
      results.get(subject.name)?.push({ saturated, half })
    }
  for (const subject of subjects) finish(subject)
  return results
}

/**
 * Gives entries the same arrivals, in turns. A server that has time between its requests spends more on each of them: it
 * sleeps and is woken, and writes answers one by one. So what two cost is comparable only when both are asked as often.
 * They are warm already. CPU is counted in ticks of 10 ms: a pass has to be long for a server that needs little.
 */
export async function atOneRate(
  entries: readonly Entry[],
  perSecond: number,
  { rounds, seconds }: Plan,
): Promise<Map<string, Pass[]>> {
  const subjects = entries.map(subjectOf)
  const results = new Map<string, Pass[]>(subjects.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const subject of subjects)
      results.get(subject.name)?.push(await arrive(subject, perSecond, seconds, seeded(round)))
  for (const subject of subjects) finish(subject)
  return results
}

const subjectOf = ({ contender, next }: Entry) =>
  ({
    name: contender.name,
    client: new Client(contender.url, contender.check),
    next,
    pids: contender.servers.map(({ pid }) => pid),
  }) satisfies Subject & { name: string }

function finish({ name, client }: ReturnType<typeof subjectOf>): void {
  if (client.firstBad) console.error(`a bad answer of ${name}: ${client.firstBad}`)
  client.close()
}
