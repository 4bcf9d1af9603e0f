import { Arena } from '../contenders/start.ts'
import { type Door, requestsOf, viewersOf } from '../load/requests.ts'
import { inTurns } from '../load/rounds.ts'
import type { Options } from '../options.ts'
import { roundsTable } from '../report.ts'
import { frontPage, type Scenario, scenarios } from '../scenarios.ts'
import { sqliteWorld } from '../world/make.ts'

/** Each kind of request, and the page that everybody opens the app with; in a quick run of ours alone. */
export async function scenariosSection({ quick, hive }: Options): Promise<void> {
  const { world, dataDir } = await sqliteWorld('10k')
  const tokens = await viewersOf(world)
  await using arena = new Arena(dataDir)
  const [graph, app] = await arena.oneProcess()
  const others = quick ? [] : [await arena.httpSubgraphs(), await arena.stockApollo()]
  if (hive && !quick) others.push(await arena.hiveGateway())
  const plan = quick ? { rounds: 1, seconds: 0.5 } : { rounds: 3, seconds: 1 }

  const compare = async (title: string, scenario: Scenario, viewers: readonly string[]) => {
    const next = (door: Door, seed: number) => requestsOf(scenario, door, { world, tokens: viewers, seed })
    // There is no one answer to a mixture.
    const bare = quick || scenario === scenarios.mixed ? [] : [await arena.bare(app, next('rest', 0)())]
    const entries = [graph, app, ...others, ...bare].map((contender, n) => ({
      contender,
      next: next(contender.door, n + 1),
    }))
    console.log(roundsTable(title, await inTurns(entries, plan), graph.name))
    for (const { servers } of bare) await servers[0]?.stop()
  }
  for (const [name, scenario] of Object.entries(scenarios))
    if (scenario !== scenarios.feed) await compare(name, scenario, tokens) // it has a section of its own
  await compare('the newest page, nobody signed in', frontPage, [])
}
