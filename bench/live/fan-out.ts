/**
 * One changing value watched by many sockets of as many users, each step sent as soon as the one before has been handed
 * to all: node bench/live/fan-out.ts [sockets] [seconds]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { startLive } from '../../gateway/subscriptions/testkit.ts'
import { open, received, startClients } from './clients.ts'

const [sockets = 5_000, seconds = 5] = process.argv.slice(2).map(Number)
const query = 'subscription { counted(id: "1") { id value by { id name } } }'

await using live = await startLive({ caps: { connections: sockets } })
const clients = startClients()
const tokens = await Promise.all(Array.from({ length: sockets }, (_, n) => live.token(n + 1)))
await open(clients, { url: live.ws, query, tokens })
let value = 0
const { counts } = live.live.relay
const from = { received: await received(clients), events: counts.events, deliveries: counts.deliveries }
const cpu = process.cpuUsage()
const until = performance.now() + seconds * 1_000
while (performance.now() < until) {
  live.world.count('1', ++value)
  const { events } = counts
  while (counts.events === events && performance.now() < until) await sleep(0)
}
const { user, system } = process.cpuUsage(cpu)
const got = (await received(clients)) - from.received
const busy = (user + system) / 1e6
const handed = counts.deliveries - from.deliveries
console.log(`${sockets} sockets, ${live.live.relay.size} upstream, ${counts.events - from.events} steps`)
console.log(`received: ${Math.round(got / seconds)} a second; the gateway used ${(busy / seconds).toFixed(2)} cores`)
console.log(`handed over: ${Math.round(handed / seconds)} a second`)
clients.kill()
