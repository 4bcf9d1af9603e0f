import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { eventually } from '../../test/testkit/eventually.ts'
import { redises, silentLog } from '../../test/testkit/redises.ts'
import { RedisLink } from '../redis-link.ts'
import type { Bus, BusItem } from './bus.ts'
import { MemoryBus } from './memory.ts'
import { RedisBus } from './redis.ts'

interface Twin {
  readonly name: string
  readonly skip: string | false
  /** One bus as two processes see it; in memory there is but one process. */
  open(): Promise<AsyncDisposable & { readonly ours: Bus; readonly theirs: Bus }>
}

const memory: Twin = {
  name: 'memory',
  skip: false,
  async open() {
    const bus = new MemoryBus({ log: silentLog })
    return { ours: bus, theirs: bus, [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose]() }
  },
}

const remote: Twin[] = redises.map(({ name, skip, url }) => ({
  name,
  skip,
  async open() {
    const resources = new AsyncDisposableStack()
    const prefix = `test:${randomUUID()}:`
    const one = async () => {
      const link = resources.use(await RedisLink.open({ url: await url(), log: silentLog }))
      return resources.use(new RedisBus({ link, prefix, log: silentLog }))
    }
    return { ours: await one(), theirs: await one(), [Symbol.asyncDispose]: () => resources.disposeAsync() }
  },
}))

/** Collects what arrives, and waits until the channel is open at the broker. */
async function listen(bus: Bus, channel: string) {
  const items: BusItem[] = []
  const payloads = () => items.flatMap((item) => (item.type === 'message' ? [item.payload] : []))
  const off = bus.on(channel, (item) => void items.push(item))
  if (!(bus instanceof MemoryBus)) await eventually(() => items.some(({ type }) => type === 'gap'))
  return { items, payloads, off }
}

for (const { name, skip, open } of [memory, ...remote]) {
  test(`${name}: reaches all listeners of a channel in both processes once, and no other channel`, {
    skip,
  }, async () => {
    await using twin = await open()
    const same = await Promise.all([listen(twin.ours, 'c'), listen(twin.ours, 'c'), listen(twin.theirs, 'c')])
    const other = await listen(twin.theirs, 'other')
    const payloads = [1, '抖音', null, { id: 7, list: [true] }]
    for (const payload of payloads) await twin.ours.publish('c', payload)
    await twin.theirs.publish('other', 'end')
    for (const { payloads: seen } of same) await eventually(() => assert.deepEqual(seen(), payloads))
    await eventually(() => assert.deepEqual(other.payloads(), ['end']))
  })

  test(`${name}: listeners of the publishing process have it before publish returns`, { skip }, async () => {
    await using twin = await open()
    const seen: unknown[] = []
    twin.ours.on('c', (item) => item.type === 'message' && seen.push(item.payload))
    const publishing = twin.ours.publish('c', 1)
    assert.deepEqual(seen, [1])
    await publishing
  })

  test(`${name}: who has left hears nothing more, who stays does`, { skip }, async () => {
    await using twin = await open()
    const leaving = await listen(twin.theirs, 'c')
    const staying = await listen(twin.theirs, 'c2')
    leaving.off()
    leaving.off()
    await twin.ours.publish('c', 1)
    await twin.ours.publish('c2', 2)
    await eventually(() => assert.deepEqual(staying.payloads(), [2]))
    assert.deepEqual(leaving.payloads(), [])
    const again = await listen(twin.theirs, 'c')
    await twin.ours.publish('c', 3)
    await eventually(() => assert.deepEqual(again.payloads(), [3]))
  })

  test(`${name}: a channel that is left and joined at once misses nothing after its gap`, { skip }, async () => {
    await using twin = await open()
    for (let round = 0; round < 20; round++) {
      const brief = twin.theirs.on('c', () => {})
      brief()
    }
    const staying = await listen(twin.theirs, 'c')
    await twin.ours.publish('c', 'heard')
    await eventually(() => assert.deepEqual(staying.payloads(), ['heard']))
  })

  test(`${name}: a listener that throws harms neither the publisher nor the others`, { skip }, async () => {
    await using twin = await open()
    twin.theirs.on('c', () => {
      throw new Error('fault')
    })
    const other = await listen(twin.theirs, 'c')
    await twin.ours.publish('c', 1)
    await eventually(() => assert.deepEqual(other.payloads(), [1]))
  })

  test(`${name}: ten thousand channels are all reached`, { skip }, async () => {
    await using twin = await open()
    const count = 10_000
    let reached = new Set<number>()
    for (let channel = 0; channel < count; channel++) twin.theirs.on(`c${channel}`, () => void reached.add(channel))
    if (name !== 'memory') await eventually(() => reached.size === count, 20_000)
    reached = new Set()
    for (let channel = 0; channel < count; channel++) await twin.ours.publish(`c${channel}`, null)
    // A hint that a busy machine could not send in time comes as a gap: either makes a listener look again.
    await eventually(() => reached.size === count, 20_000)
  })

  test(`${name}: refuses to work after it was disposed of`, { skip }, async () => {
    const twin = await open()
    await twin[Symbol.asyncDispose]()
    await assert.rejects(twin.ours.publish('c', 1), /disposed/)
    assert.throws(() => twin.ours.on('c', () => {}), /disposed/)
    assert.throws(() => twin.ours.subscribe('c'), /disposed/)
  })
}
