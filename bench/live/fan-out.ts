import { setTimeout as sleep } from 'node:timers/promises'
import { connectAll, LiveClient } from './client.ts'
import { figuresOf, inCores, load, watchCpu } from './measure.ts'
import type { Choices } from './options.ts'
import { people, socketUrl } from './people.ts'
import { startStack } from './stack.ts'
import { until } from './until.ts'

export const defaults = { sockets: 5_000, seconds: 20, likes: 50 }

const watched = `subscription Video($id: ID!) {
  videoChanged(id: $id) { id title favoriteCount commentCount author { name followerCount } } }`
const like = 'mutation Like($id: ID!) { favoriteVideo(input: { videoId: $id }) { video { id } } }'
const unlike = 'mutation Unlike($id: ID!) { unfavoriteVideo(input: { videoId: $id }) { video { id } } }'

/** One video that gets so many likes a second, watched by many sockets of as many users. */
export async function run(choices: Choices<typeof defaults>): Promise<void> {
  const { sockets, seconds, likes } = choices.given
  await using stack = await startStack(choices)
  const url = socketUrl(stack)
  const hot = { id: String(stack.world.id('video', 0)) }
  const quiet = { id: String(stack.world.id('video', 1)) }
  const [liker, ...watchers] = (await people(stack, sockets + 1)).map(
    ({ token }, n) =>
      new LiveClient({
        ...{ url, token, query: watched, countsOnly: n > 0, onEvent: () => {} },
        variables: () => (n > 0 ? hot : quiet),
      }),
  )
  if (!liker) throw new TypeError('there is one more than sockets')
  await connectAll([liker, ...watchers])
  await until(() => watchers.every(({ received }) => received > 1), 60_000, 'somebody did not get the first state')
  const total = () => watchers.reduce((sum, { received }) => sum + received, 0)
  const before = total()
  const { live_events: eventsBefore = 0 } = await figuresOf(stack.url)
  const cpu = watchCpu(stack.processes)
  const began = performance.now()
  let refused = 0
  for (let n = 0; performance.now() - began < seconds * 1_000; n++) {
    liker.ask(n % 2 ? unlike : like, hot).catch(() => refused++)
    await sleep(Math.max(0, began + ((n + 1) * 1_000) / likes - performance.now()))
  }
  const elapsed = (performance.now() - began) / 1_000
  const perSecond = (total() - before) / elapsed
  const cores = cpu()
  const { live_events: events = 0, live_upstreams: upstreams } = await figuresOf(stack.url)
  const app = Object.entries(cores).reduce((sum, [name, used]) => (name === 'clients' ? sum : sum + used), 0)
  console.log(
    `${sockets} sockets, ${upstreams} upstreams, ${((events - eventsBefore) / elapsed).toFixed(1)} states a second`,
  )
  console.log(
    `${Math.round(perSecond)} deliveries a second, ${Math.round(perSecond / app)} for each second of the app's CPU`,
  )
  console.log(`likes refused ${refused}; cores: ${inCores(cores)}; load ${load()}`)
  for (const client of [liker, ...watchers]) client.end()
}
