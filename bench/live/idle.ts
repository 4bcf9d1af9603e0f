import { setTimeout as sleep } from 'node:timers/promises'
import { chatters } from './chat.ts'
import { connectAll } from './client.ts'
import { load, memoryOfAll, watchCpu } from './measure.ts'
import type { Choices } from './options.ts'
import { startStack } from './stack.ts'
import { until } from './until.ts'

export const defaults = { sockets: 10_000, seconds: 30 }

/** Opened before anything is measured, so that code and caches are not counted. */
const warm = 200

/** What open sockets cost, each of another user who is authenticated and subscribed to an inbox in which nothing happens. */
export async function run(choices: Choices<typeof defaults>): Promise<void> {
  const { sockets, seconds } = choices.given
  await using stack = await startStack(choices)
  const all = await chatters(stack, sockets, { onMessage: () => {} })
  const open = async (some: typeof all) => {
    await connectAll(some.map(({ socket }) => socket))
    await until(() => some.every(({ cursor }) => cursor !== null), 60_000, 'a stream was not opened')
    await sleep(3_000)
  }
  await open(all.slice(0, warm))
  const before = memoryOfAll(stack.processes)
  const began = performance.now()
  await open(all.slice(warm))
  console.log(`${sockets} sockets opened in ${((performance.now() - began) / 1_000 - 3).toFixed(1)} s`)
  const cpu = watchCpu(stack.processes)
  await sleep(seconds * 1_000)
  const { clients: _, ...used } = cpu()
  const cores = Object.values(used).reduce((sum, each) => sum + each, 0)
  const each = (memoryOfAll(stack.processes) - before) / (sockets - warm) / 1024
  console.log(`each: ${each.toFixed(1)} KB of memory; all idle, with pings: ${(cores * 100).toFixed(1)} % of a core`)
  console.log(`load ${load()}`)
  for (const { socket } of all) socket.end()
}
