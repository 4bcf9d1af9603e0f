import { Arena } from '../contenders/start.ts'
import { requestsOf, viewersOf } from '../load/requests.ts'
import { inTurns } from '../load/rounds.ts'
import type { Options } from '../options.ts'
import { roundsTable } from '../report.ts'
import { frontPage, type ScenarioName, scenarios } from '../scenarios.ts'
import { sqliteWorld } from '../world/make.ts'

/** Each kind of request at both doors of ours and at stock Apollo. */
export async function scenariosSection({ quick }: Options): Promise<void> {
  const { world, dataDir } = await sqliteWorld('10k')
  const tokens = await viewersOf(world)
  await using arena = new Arena(dataDir)
  const contenders = [...(await arena.oneProcess()), ...(quick ? [] : [await arena.stockApollo()])]
  const plan = quick ? { rounds: 1, seconds: 0.7 } : { rounds: 3, seconds: 1.5 }
  for (const name of Object.keys(scenarios) as ScenarioName[]) {
    if (name === 'feed') continue // has a section of its own
    const entries = contenders.map((contender, n) => ({
      contender,
      next: requestsOf(scenarios[name], contender.door, { world, tokens, seed: n + 1 }),
    }))
    console.log(roundsTable(name, await inTurns(entries, plan), 'ours, /graphql'))
  }
  const herd = contenders.map((contender) => ({
    contender,
    next: requestsOf(frontPage, contender.door, { world, tokens: [], seed: 1 }),
  }))
  console.log(roundsTable('the newest page, nobody signed in', await inTurns(herd, plan), 'ours, /graphql'))
}
