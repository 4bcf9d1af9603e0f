import { Arena } from '../contenders/start.ts'
import { requestsOf, viewersOf } from '../load/requests.ts'
import { inTurns } from '../load/rounds.ts'
import type { Options } from '../options.ts'
import { roundsTable } from '../report.ts'
import { type Draw, feedBefore, scenarios } from '../scenarios.ts'
import { sqliteWorld } from '../world/make.ts'

/** A page among a hundred that begin `first` pages from the newest video. */
const around = (first: number) =>
  feedBefore(({ world, random }: Draw) => world.timeOf(world.size.videos - 30 * (first + Math.floor(random() * 100))))

/** What a page costs when there is a hundred times as much of everything, and far down the list. */
export async function growthSection({ quick }: Options): Promise<void> {
  const [small, large] = [await sqliteWorld('10k'), await sqliteWorld('1m')]
  const plan = quick ? { rounds: 3, seconds: 2 } : { rounds: 7, seconds: 3 }
  await using few = new Arena(small.dataDir)
  await using many = new Arena(large.dataDir)
  const [ofFew, ofMany] = [(await few.oneProcess())[0], (await many.oneProcess())[0]]
  const entry = async (
    name: string,
    { world }: typeof small,
    contender: typeof ofFew,
    scenario: typeof scenarios.feed,
  ) => ({
    contender: { ...contender, name },
    next: requestsOf(scenario, contender.door, { world, tokens: await viewersOf(world), seed: 1 }),
  })
  const bySize = [
    await entry('10 k videos', small, ofFew, scenarios.feed),
    await entry('1 M videos', large, ofMany, scenarios.feed),
  ]
  console.log(roundsTable('Feed page of 30 as everything grows', await inTurns(bySize, plan), '10 k videos'))
  const byDepth = [
    await entry('pages 1 to 100', large, ofMany, around(0)),
    await entry('pages 1,000 to 1,100', large, ofMany, around(1_000)),
    await entry('pages 30,000 to 30,100', large, ofMany, around(30_000)),
  ]
  console.log(roundsTable('Feed page of 30, far down 1 M videos', await inTurns(byDepth, plan), 'pages 1 to 100'))
}
