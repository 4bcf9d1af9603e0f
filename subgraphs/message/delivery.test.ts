import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import type { Bus } from '../../kit/bus/bus.ts'
import { MemoryBus } from '../../kit/bus/memory.ts'
import { RedisBus } from '../../kit/bus/redis.ts'
import { codeOf } from '../../kit/errors.ts'
import { RedisLink } from '../../kit/redis-link.ts'
import type { SubgraphEvents } from '../../kit/subgraph/data-source.ts'
import { type DatabaseKind, databases } from '../../test/testkit/databases.ts'
import { eventually } from '../../test/testkit/eventually.ts'
import { eventOf, lossyBus } from '../../test/testkit/live-subgraph.ts'
import { skipMariaDb, startMariaDb } from '../../test/testkit/mariadb.ts'
import { oneDatabase } from '../../test/testkit/one-database.ts'
import { skipRedis, startRedis } from '../../test/testkit/redis.ts'
import { redises, silentLog } from '../../test/testkit/redises.ts'
import { type LiveGraph, sendMessage, startLive } from './live-testkit.ts'

/** The buses of two processes; one and the same in memory. */
interface Buses extends AsyncDisposable {
  readonly of: readonly [Bus, Bus]
}

const memoryBuses = async (): Promise<Buses> => {
  const bus = new MemoryBus({ log: silentLog })
  return { of: [bus, bus], [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose]() }
}

const redisBuses = async (url: string): Promise<Buses> => {
  const resources = new AsyncDisposableStack()
  const prefix = `test:${randomUUID()}:`
  const one = async () => {
    const link = resources.use(await RedisLink.open({ url, log: silentLog }))
    return resources.use(new RedisBus({ link, prefix, log: silentLog }))
  }
  return { of: [await one(), await one()], [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

const kinds = [
  { name: 'memory', skip: false, open: memoryBuses },
  ...redises
    .filter(({ name }) => name === 'redis')
    .map(({ name, skip, url }) => ({ name, skip, open: async () => redisBuses(await url()) })),
]

/** A client of user `id`: it is cut off again and again, and goes on with its last cursor, at any of the processes. */
class Client {
  readonly seen: string[] = []
  readonly #id: number
  readonly #graphs: readonly LiveGraph[]
  readonly #random: () => number
  #cursor: string | undefined
  #events: SubgraphEvents | undefined
  #over = false
  cuts = 0

  constructor(id: number, graphs: readonly LiveGraph[], random: () => number) {
    this.#id = id
    this.#graphs = graphs
    this.#random = random
  }

  async run(): Promise<void> {
    while (!this.#over) {
      const graph = this.#graphs[Math.floor(this.#random() * this.#graphs.length)] as LiveGraph // within its bounds
      this.#events = await graph.receive(this.#id, this.#cursor)
      if (this.#over) await this.#events.return()
      const lives = this.#random() * 20
      for (let n = 0; ; n++) {
        const { done, value } = await this.#events.next()
        if (done) break
        const event = eventOf(value)
        assert.notEqual(event['__typename'], 'StreamReset')
        this.#cursor = event['cursor']
        if (event['message']) this.seen.push(event['message'].content)
        if (n > lives) this.cut()
      }
    }
  }

  /** Also while it waits for an event. */
  cut(): void {
    this.cuts++
    void this.#events?.return()
  }

  end(): void {
    this.#over = true
    this.cut()
  }

  get started(): boolean {
    return this.#cursor !== undefined
  }
}

/** What user `to` has to see of each sender: everything, once, in the order of sending. */
function assertDelivered(seen: readonly string[], expected: readonly string[], senders: number): void {
  assert.equal(seen.length, expected.length)
  assert.deepEqual(new Set(seen), new Set(expected))
  const bySender = Map.groupBy(seen, (content) => Number(content.split(' ')[0]))
  assert.ok(bySender.size <= senders)
  for (const [, of] of bySender) {
    const numbers = of.map((content) => Number(content.split(' ')[1]))
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    )
  }
}

const senders = 4
const receivers = [101, 102, 103]

/** Sends `each` messages from every sender, one after the other, repeating those that were not answered. */
async function sendAll(graphs: readonly LiveGraph[], each: number, run: string): Promise<Map<number, string[]>> {
  const expected = new Map<number, string[]>(receivers.map((to) => [to, []]))
  const sending = Array.from({ length: senders }, async (_, sender) => {
    for (let n = 0; n < each; n++) {
      const to = receivers[(n + sender) % receivers.length] as number // within its bounds
      const content = `${sender} ${n} ${run}`
      const variables = { to: String(to), content, clientId: `${run} ${n}` }
      for (let at = n; ; at++) {
        const graph = graphs[at % graphs.length] as LiveGraph // within its bounds
        const { errors } = await graph.try(sendMessage, variables, sender + 1)
        if (!errors) break
        assert.equal(codeOf(errors[0]), 'UNAVAILABLE', errors[0])
      }
      expected.get(to)?.push(content)
    }
  })
  await Promise.all(sending)
  return expected
}

async function follow(clients: readonly Client[], work: () => Promise<Map<number, string[]>>): Promise<void> {
  const running = Promise.all(clients.map((client) => client.run()))
  const deliver = async () => {
    await eventually(() => clients.every(({ started }) => started))
    const expected = await work()
    const expectedOf = (n: number) => expected.get(receivers[n % receivers.length] as number) ?? [] // within its bounds
    await eventually(() => {
      for (const [n, { seen }] of clients.entries()) assert.equal(seen.length, expectedOf(n).length)
    }, 20_000)
    for (const [n, { seen }] of clients.entries()) assertDelivered(seen, expectedOf(n), senders)
  }
  try {
    await Promise.race([deliver(), running]) // whatever fails first tells what is wrong
  } finally {
    for (const client of clients) client.end()
    await running
  }
}

/** Two clients for each receiver. */
const clientsOf = (graphs: readonly LiveGraph[], random: () => number) =>
  [...receivers, ...receivers].map((id) => new Client(id, graphs, random))

for (const database of databases)
  for (const bus of kinds)
    describe(`delivery on ${database.name} with a bus in ${bus.name}`, { skip: database.skip || bus.skip }, () => {
      test('whoever is cut off gets each message once and in order, also where hints are lost', async () => {
        await using buses = await bus.open()
        await using shared = await oneDatabase(database)
        let runs = 0 // the same seed may come again, and would only repeat what was sent then
        const cases = fc.record({ seed: fc.nat(), lost: fc.constantFrom(0, 0.3, 1) })
        await fc.assert(
          fc.asyncProperty(cases, async ({ seed, lost }) => {
            const random = randomOf(seed)
            const more = (n: 0 | 1) => ({ bus: lossyBus(buses.of[n], random, lost), pollMs: 20 })
            await using one = await startLive({ database: shared, more: more(0) })
            await using two = await startLive({ database: shared, more: more(1), worker: 1 })
            // Two writers on one SQLite file block each other's process, which here is one and the same.
            const writers = database.name === 'sqlite' ? [one] : [one, two]
            await follow(clientsOf([one, two], random), () => sendAll(writers, 60, `${seed}-${++runs}`))
          }),
          { numRuns: 4, endOnFailure: true },
        )
      })
    })

describe('delivery when servers are killed', { skip: skipMariaDb() || skipRedis() }, () => {
  test('database and bus go away and come back: nothing is lost, doubled or out of order', async () => {
    await using server = await startMariaDb()
    await using redis = await startRedis()
    await using buses = await redisBuses(redis.url)
    const database: DatabaseKind = {
      name: 'mariadb',
      skip: false,
      open: async () => ({ url: `${server.url}/chat`, [Symbol.asyncDispose]: async () => {} }),
    }
    const random = randomOf(4)
    await using one = await startLive({ database, more: { bus: buses.of[0], pollMs: 500 } })
    await using two = await startLive({ database, more: { bus: buses.of[1], pollMs: 500 }, worker: 1 })
    let sent = false
    await follow(clientsOf([one, two], random), async () => {
      const killing = (async () => {
        for (let n = 0; !sent && n < 4; n++) {
          const victim = n % 2 ? redis : server
          await victim.kill9()
          await sleep(200) // away for a while
          await victim.start()
          await sleep(500) // and there for a while
        }
      })()
      try {
        return await sendAll([one, two], 400, 'killed')
      } finally {
        sent = true
        await killing
      }
    })
  })
})

/** Repeatable: a failure can be run again from its seed. */
function randomOf(seed: number): () => number {
  let state = seed | 1
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32
  }
}
