/**
 * What open sockets cost, each authenticated as another user and subscribed to a stream of its own that says nothing, with
 * an entity of another subgraph in its events:
 *
 *   node --expose-gc bench/live/idle.ts [sockets] [seconds]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { startLive } from '../../gateway/subscriptions/testkit.ts'
import { open, startClients } from './clients.ts'

const [sockets = 2_000, seconds = 13] = process.argv.slice(2).map(Number)
const query = `subscription($after: String) { said(room: "hall", after: $after) { cursor text author { id name posts } } }`
/** Opened before anything is measured, so that code and caches are not counted. */
const warm = 50

await using live = await startLive({ caps: { connections: sockets } })
const clients = startClients()
const tokens = await Promise.all(Array.from({ length: sockets }, (_, n) => live.token(n + 1)))
const opening = { url: live.ws, query, variables: { after: '0' } }
await open(clients, { ...opening, tokens: tokens.slice(0, warm) })
const before = memory()
await open(clients, { ...opening, tokens: tokens.slice(warm) })
while (live.world.open.size < sockets) await sleep(100)
await sleep(1_000)
const after = memory()
const each = (key: keyof NodeJS.MemoryUsage) =>
  `${((after[key] - before[key]) / (sockets - warm) / 1024).toFixed(1)} KB`
console.log(`${sockets} sockets with ${live.live.relay.size} upstreams`)
console.log(`each: ${each('rss')} of memory, ${each('heapUsed')} of it on the heap`)
const cpu = process.cpuUsage()
await sleep(seconds * 1_000)
const { user, system } = process.cpuUsage(cpu)
console.log(`idle, with pings: ${((user + system) / seconds / 1e4).toFixed(1)} % of a core`)
clients.kill()

function memory(): NodeJS.MemoryUsage {
  for (let n = 0; n < 3; n++) globalThis.gc?.()
  return process.memoryUsage()
}
