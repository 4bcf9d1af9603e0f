import { type Chatter, chatters } from './chat.ts'
import { connectAll } from './client.ts'
import { Durations, inCores, load, watchCpu } from './measure.ts'
import type { Choices } from './options.ts'
import { startStack } from './stack.ts'
import { until } from './until.ts'

export const defaults = { sockets: 5_000, kill: 0 }

/**
 * Everybody comes back at once after a restart. Each has missed a message, and counts as live when that one is there.
 * With `--kill 1` the app is killed; else it is asked to end.
 */
export async function run(choices: Choices<typeof defaults>): Promise<void> {
  const { sockets, kill } = choices.given
  await using stack = await startStack(choices)
  const missed = new Set<number>()
  const back = new Durations()
  let readyAt = 0
  const all = await chatters(stack, sockets + 100, {
    onMessage: (_, to) => {
      if (missed.delete(to.id)) back.record(performance.now() - readyAt)
    },
  })
  const writers = all.slice(0, 100)
  const others = all.slice(100)
  await connectAll(all.map(({ socket }) => socket))
  await until(() => all.every(({ cursor }) => cursor !== null), 60_000, 'a stream was not opened')
  for (const { socket } of others) socket.cut()
  await Promise.all(
    writers.map(async (from, place) => {
      for (let n = place; n < others.length; n += writers.length) {
        const to = others[n] as Chatter // within its length
        await from.send(to, 'missed', `${to.id}`)
        missed.add(to.id)
      }
    }),
  )
  for (const { socket } of writers) socket.end()
  const downAt = performance.now()
  await Promise.all(stack.processes.map((one) => (one.running ? one.stop(kill ? 'SIGKILL' : 'SIGTERM') : null)))
  await Promise.all(stack.processes.map((one) => one.start()))
  readyAt = performance.now()
  const cpu = watchCpu(stack.processes)
  for (const { socket } of others) void returning(socket)
  await until(() => missed.size === 0, 120_000, `${missed.size} are not back`)
  const cores = inCores(cpu())
  console.log(`${others.length} clients, ${choices.stack}, live again after: ${back}`)
  console.log(`the app was away for ${((readyAt - downAt) / 1_000).toFixed(1)} s; cores: ${cores}; load ${load()}`)
  for (const { socket } of all) socket.end()
}

async function returning(socket: { live: boolean; connect(): Promise<void> }): Promise<void> {
  while (!socket.live) {
    await socket.connect()
    if (!socket.live) await new Promise((resolve) => setTimeout(resolve, 100 + 200 * Math.random()))
  }
}
