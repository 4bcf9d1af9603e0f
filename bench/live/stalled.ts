import { setTimeout as sleep } from 'node:timers/promises'
import { chatters } from './chat.ts'
import { connectAll } from './client.ts'
import { Talk } from './latency.ts'
import { Durations, figuresOf, inCores, load, megabytes, memoryOfAll, watchCpu } from './measure.ts'
import type { Choices } from './options.ts'
import { startStack } from './stack.ts'
import { until } from './until.ts'

export const defaults = {
  sockets: 1_000,
  stalled: 500,
  rate: 1_000,
  seconds: 300,
  before: 60,
  characters: 900,
  stall: 1,
}

/**
 * Half of the clients stop reading while as much goes on being written to them as to the others, and then read again.
 * Messages are long, as short ones find room in the buffers of the system. With `--stall 0` everything is the same, but
 * nobody stops reading: what the others' latencies are to be compared with, since the database grows all the time.
 */
export async function run(choices: Choices<typeof defaults>): Promise<void> {
  const { sockets, stalled, rate, seconds, before, characters, stall } = choices.given
  await using stack = await startStack(choices)
  const quick = new Talk(1)
  const slow = new Talk(2)
  const all = await chatters(stack, sockets, {
    onMessage: (content) => {
      quick.received(content)
      slow.received(content)
    },
    // The gateway takes who answers no ping for dead: whoever reads again finds that out, and comes back from the log.
    returnsAfter: () => 1_000 * Math.random(),
  })
  const filling = 'x'.repeat(characters)
  const stuck = all.slice(0, stalled)
  const others = all.slice(stalled)
  const share = (rate * stalled) / sockets
  /** @returns the most memory that was seen */
  const talk = async (time: number): Promise<number> => {
    let most = 0
    const watching = setInterval(() => {
      most = Math.max(most, memoryOfAll(stack.processes))
    }, 500)
    await Promise.all([
      quick.among(others, others, rate - share, time, filling),
      slow.among(others, stuck, share, time, filling),
    ])
    clearInterval(watching)
    await until(() => quick.missing === 0, 60_000, 'messages did not arrive')
    return most
  }
  await connectAll(all.map(({ socket }) => socket))
  await until(() => all.every(({ cursor }) => cursor !== null), 60_000, 'a stream was not opened')
  await talk(before / 2)
  quick.durations = new Durations()
  const memoryBefore = await talk(before)
  const latencyBefore = quick.durations
  await until(() => slow.missing === 0, 60_000, 'messages did not arrive')

  if (stall) for (const { socket } of stuck) socket.stall(true)
  quick.durations = new Durations()
  const cpu = watchCpu(stack.processes)
  const memory = await talk(seconds)
  const cores = inCores(cpu())
  const figures = await figuresOf(
    stack.processes.find(({ roles }) => !roles.length || roles[0] === 'gateway')?.url ?? '',
  )
  const waiting = slow.missing
  const resumed = performance.now()
  if (stall) for (const { socket } of stuck) socket.stall(false)
  await until(() => slow.missing === 0, 120_000, 'the stalled clients did not catch up').catch(() => {}) // told below
  const caughtUp = ((performance.now() - resumed) / 1_000).toFixed(1)
  await sleep(1_000)
  // Once more without: the database has grown meanwhile, and that is not the doing of those who stalled.
  const latency = quick.durations
  quick.durations = new Durations()
  await talk(before)
  const p99 = latency.percentile(99)
  const more = [latencyBefore, quick.durations].map((other) => {
    const part = (p99 / other.percentile(99) - 1) * 100
    return `${part < 0 ? '' : '+'}${part.toFixed(0)} %`
  })
  console.log(`nobody stalled, ${before} s before: ${latencyBefore}`)
  console.log(`${stall ? stalled : 'none'} stalled, ${seconds} s: ${latency}`)
  console.log(`nobody stalled, ${before} s after: ${quick.durations}; p99 ${more.join(' of before, ')} of after`)
  console.log(`memory ${megabytes(memoryBefore)}, then ${megabytes(memory)}: ${megabytes(memory - memoryBefore)} more`)
  console.log(
    `${figures['live_connections']} sockets were left, left behind ${figures['live_left_behind']} times; ${waiting} messages waited`,
  )
  console.log(`caught up in ${caughtUp} s: lost ${slow.missing}, refused ${quick.refused + slow.refused}`)
  console.log(`cores: ${cores}; load ${load()}`)
  for (const { socket } of all) socket.end()
}
