import type { Contender } from '../contenders/contender.ts'
import { Arena } from '../contenders/start.ts'
import { requestsOf, viewersOf } from '../load/requests.ts'
import { atOneRate, inTurns } from '../load/rounds.ts'
import type { Options } from '../options.ts'
import { median, passesTable, roundsTable } from '../report.ts'
import { scenarios } from '../scenarios.ts'
import { sqliteWorld } from '../world/make.ts'

/**
 * A page of 30 videos with their full authors: ours at its doors and with subgraphs over HTTP, against other gateways on
 * the same resolvers and data, and against a server that sends the same bytes.
 * @param constant whether the subgraphs' answers are there already, which leaves the cost of the gateways
 */
export async function feedSection({ quick, hive }: Options, constant: boolean): Promise<void> {
  const { world, dataDir } = await sqliteWorld('10k')
  const tokens = await viewersOf(world)
  await using arena = new Arena(constant ? undefined : dataDir)
  const [graph, app] = await arena.oneProcess()
  const next = (door: 'rest' | 'graphql', seed: number) => requestsOf(scenarios.feed, door, { world, tokens, seed })
  const contenders = [graph, app, await arena.httpSubgraphs(), await arena.stockApollo()]
  if (hive) contenders.push(await arena.hiveGateway())
  const bare = await arena.bare(app, next('rest', 0)())
  contenders.push(bare)
  const entriesOf = (of: readonly Contender[]) =>
    of.map((contender, n) => ({ contender, next: next(contender.door, n + 1) }))
  const plan = quick ? { rounds: 2, seconds: 1 } : { rounds: 5, seconds: 3 }
  const results = await inTurns(entriesOf(contenders), plan)
  const title = constant ? 'Feed page of 30, constant answers' : 'Feed page of 30, 10 k videos in SQLite'
  console.log(roundsTable(title, results, graph.name))
  const half = median((results.get(app.name) ?? []).map((round) => round.half.perSecond))
  const passes = await atOneRate(
    entriesOf([app, bare]),
    half,
    quick ? { rounds: 1, seconds: 3 } : { rounds: 3, seconds: 10 },
  )
  console.log(passesTable(`${title}: both asked as often`, passes, bare.name))
}
