import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../test/testkit/eventually.ts'
import { startProxy } from '../../test/testkit/proxy.ts'
import { skipRedis, startRedis } from '../../test/testkit/redis.ts'
import { startRedisCluster } from '../../test/testkit/redis-cluster.ts'
import { silentLog } from '../../test/testkit/redises.ts'
import { RedisLink } from '../redis-link.ts'
import { RedisBus } from './redis.ts'
import { slotOf } from './slot.ts'

const skip = skipRedis()

async function startProcess(url: string) {
  const link = await RedisLink.open({ url, log: silentLog })
  const bus = new RedisBus({ link, prefix: 'test:', log: silentLog })
  return {
    bus,
    link,
    async [Symbol.asyncDispose]() {
      await bus[Symbol.asyncDispose]()
      await link[Symbol.asyncDispose]()
    },
  }
}

/** A consumer as they all are: it reads the truth at every hint and every gap. */
function follow(bus: RedisBus, channel: string, truth: { version: number }) {
  const seen = { version: 0, gaps: 0 }
  bus.on(channel, ({ type }) => {
    if (type === 'gap') seen.gaps++
    seen.version = truth.version
  })
  return seen
}

test('listeners look again after Redis was killed, and hear what is published after that', { skip }, async () => {
  await using server = await startRedis()
  await using near = await startProcess(server.url)
  await using far = await startProcess(server.url)
  const truth = { version: 0 }
  const seen = follow(far.bus, 'c', truth)
  await eventually(() => seen.gaps === 1)
  for (let round = 1; round <= 3; round++) {
    await server.kill9()
    truth.version++
    await near.bus.publish('c', 'while it was away')
    await server.start()
    await eventually(() => assert.equal(seen.version, truth.version))
    await eventually(() => near.link.up && far.bus.connected)
    truth.version++
    await near.bus.publish('c', 'after it was back')
    await eventually(() => assert.equal(seen.version, truth.version))
  }
})

test('a hint that could not be sent is made good, though the listener was connected all the time', {
  skip,
}, async () => {
  await using server = await startRedis()
  await using proxy = await startProxy(server.port)
  await using near = await startProcess(server.url)
  await using far = await startProcess(`redis://127.0.0.1:${proxy.port}`)
  const truth = { version: 0 }
  const seen = follow(near.bus, 'c', truth)
  await eventually(() => seen.gaps === 1)
  proxy.stall(true)
  proxy.cut()
  truth.version = 1
  // More than may wait: what is above becomes a gap, too.
  for (let hint = 0; hint < 20_000; hint++) await far.bus.publish('c', hint)
  proxy.stall(false)
  await eventually(() => assert.equal(seen.version, 1))
})

test('a subscribing connection that went dead without a word is replaced, and listeners look again', {
  skip,
}, async () => {
  await using server = await startRedis()
  await using proxy = await startProxy(server.port)
  await using near = await startProcess(server.url)
  await using far = await startProcess(`redis://127.0.0.1:${proxy.port}`)
  const truth = { version: 0 }
  const seen = follow(far.bus, 'c', truth)
  await eventually(() => seen.gaps === 1)
  proxy.blackhole()
  truth.version = 1
  await near.bus.publish('c', 'swallowed')
  await eventually(() => assert.equal(seen.version, 1))
})

test('a process that starts without Redis serves its own listeners, and others once it is there', {
  skip,
}, async () => {
  await using server = await startRedis()
  await server.kill9()
  await using near = await startProcess(server.url)
  const truth = { version: 1 }
  const seen = follow(near.bus, 'c', truth)
  await near.bus.publish('c', null)
  assert.equal(seen.version, 1)
  assert.equal(near.bus.connected, false)
  await server.start()
  await eventually(() => seen.gaps > 0 && near.bus.connected)
})

test('listeners on a killed node of a cluster look again, those on others hear on', { skip }, async () => {
  await using cluster = await startRedisCluster()
  await using near = await startProcess(cluster.url)
  await using far = await startProcess(cluster.url)
  const truth = { version: 0 }
  const channels = Array.from({ length: 30 }, (_, index) => `c${index}`)
  const seen = channels.map((channel) => follow(far.bus, channel, truth))
  const allSee = () => eventually(() => seen.every(({ version }) => version === truth.version), 15_000)
  const publish = async () => {
    truth.version++
    for (const channel of channels) await near.bus.publish(channel, null)
  }
  await eventually(() => seen.every(({ gaps }) => gaps > 0))
  await publish()
  await allSee()
  const [node] = cluster.nodes
  await node?.kill9()
  await publish()
  await node?.start()
  await cluster.settled()
  await allSee()
  await eventually(() => near.link.up && far.bus.connected)
  await publish()
  await allSee()
})

test('finds the slot of a channel as Redis does', { skip }, async () => {
  await using cluster = await startRedisCluster()
  const [node] = cluster.nodes
  for (const key of ['', 'a', '123456789', '抖音', '{user}:1', '{}x', 'a{b', 'a{b}c{d}', '{{x}}', 'x{}y{z}']) {
    assert.equal(slotOf(key), await node?.command('CLUSTER', 'KEYSLOT', key), key)
  }
})
