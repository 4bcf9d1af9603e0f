import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../test/testkit/eventually.ts'
import { startProxy } from '../../test/testkit/proxy.ts'
import { type RedisServerOptions, skipRedis, startRedis } from '../../test/testkit/redis.ts'
import { startRedisCluster } from '../../test/testkit/redis-cluster.ts'
import { silentLog } from '../../test/testkit/redises.ts'
import { RedisLink } from '../redis-link.ts'
import { ReadThrough } from './read-through.ts'
import { RedisCache } from './redis.ts'

const skip = skipRedis()

/** One process: its own connections, over one truth that all of them share. */
async function startProcess(url: string, truth: Map<number, string>) {
  const link = await RedisLink.open({ url, log: silentLog })
  const cache = new RedisCache({ link, prefix: 'test:' })
  await link.whenUp(500)
  const values = new ReadThrough<string>({ cache, name: 'v', ttlMs: 600_000 })
  return {
    link,
    cache,
    read: (key: number) => values.get(key, async (keys) => keys.map((one) => truth.get(one) ?? null)),
    write: (key: number, value: string) => values.writing([key], async () => void truth.set(key, value)),
    /** Without the fence before the commit. */
    writeBarely: async (key: number, value: string) => {
      truth.set(key, value)
      await values.invalidate([key])
    },
    async [Symbol.asyncDispose]() {
      await cache[Symbol.asyncDispose]()
      await link[Symbol.asyncDispose]()
    },
  }
}
type Process = Awaited<ReturnType<typeof startProcess>>

async function startWorld(options: RedisServerOptions = {}) {
  const resources = new AsyncDisposableStack()
  const server = resources.use(await startRedis(options))
  const proxy = resources.use(await startProxy(server.port))
  const truth = new Map<number, string>()
  const near = resources.use(await startProcess(server.url, truth))
  const far = resources.use(await startProcess(`redis://127.0.0.1:${proxy.port}`, truth))
  return { server, proxy, truth, near, far, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

/** Until a read is answered by the cache: it is in use. */
const usesCache = ({ cache, read }: Process, key = 999) =>
  eventually(async () => {
    const { hits } = cache.counters
    await read(key)
    return cache.counters.hits > hits
  })

test('a process that starts without Redis answers, and uses it once it is there', { skip }, async () => {
  await using server = await startRedis()
  await server.kill9()
  await using one = await startProcess(server.url, new Map([[1, 'v']]))
  assert.equal(await one.read(1), 'v')
  await one.write(1, 'w')
  assert.equal(await one.read(1), 'w')
  await server.start()
  await usesCache(one)
  assert.equal(await one.read(1), 'w')
})

test('answers stay right while Redis is killed and comes back empty, again and again', { skip }, async () => {
  await using world = await startWorld()
  const { server, near, far } = world
  let version = 0
  for (let round = 0; round < 3; round++) {
    for (const act of [() => server.kill9(), () => server.start(), async () => {}]) {
      const acting = act()
      for (let write = 0; write < 20; write++) {
        await near.write(1, String(++version))
        for (const one of [near, far]) assert.equal(await one.read(1), String(version))
      }
      await acting
    }
    for (const one of [near, far]) await usesCache(one)
  }
})

test('a stalled Redis holds no reader and no writer, and is used again when it goes on', { skip }, async () => {
  await using world = await startWorld()
  const { proxy, far } = world
  await far.write(1, 'old')
  await usesCache(far, 1)
  proxy.stall(true)
  // Each of these would wait for ever if it waited for Redis.
  await far.write(1, 'new')
  for (let read = 0; read < 20; read++) assert.equal(await far.read(1), 'new')
  assert.equal(far.link.up, false)
  proxy.stall(false)
  await usesCache(far, 1)
  assert.equal(await far.read(1), 'new')
})

test('a connection that went dead without a word is replaced', { skip }, async () => {
  await using world = await startWorld()
  const { proxy, far } = world
  proxy.blackhole()
  await far.write(1, 'new')
  await usesCache(far, 1)
  assert.equal(await far.read(1), 'new')
})

test('a drop that could not be delivered is delivered before its process reads again', { skip }, async () => {
  await using world = await startWorld()
  const { proxy, near, far } = world
  await near.writeBarely(1, 'old')
  await usesCache(near, 1)
  await usesCache(far, 1)
  proxy.stall(true)
  proxy.cut()
  await far.writeBarely(1, 'new')
  assert.equal(await far.read(1), 'new')
  proxy.stall(false)
  await eventually(async () => assert.equal(await near.read(1), 'new'))
  await usesCache(far, 1)
  assert.equal(await far.read(1), 'new')
})

test('a held key is not read by anybody although the drop was lost', { skip }, async () => {
  await using world = await startWorld()
  const { proxy, truth, near, far } = world
  truth.set(1, 'old')
  await usesCache(near, 1)
  const hold = await far.cache.hold(['v:1'])
  truth.set(1, 'new')
  proxy.stall(true)
  proxy.cut()
  await far.cache.drop(['v:1'], hold)
  for (let read = 0; read < 5; read++) assert.equal(await near.read(1), 'new')
})

test('what an old snapshot brings back is dropped again before it is read', { skip }, async () => {
  await using world = await startWorld()
  const { server, near, far } = world
  await near.write(1, 'old')
  await usesCache(near, 1)
  await server.command('SAVE')
  assert.match(String(await server.command('GET', 'test:v:1')), /"old"/)
  await far.write(1, 'new')
  await server.kill9()
  await server.start() // with what it saved, until one of the two is connected again
  await usesCache(far, 1)
  assert.equal(await far.read(1), 'new')
  assert.equal(await near.read(1), 'new')
})

test('a full Redis stores nothing, drops still, and keeps every answer right', { skip }, async () => {
  await using world = await startWorld({ args: ['--maxmemory-policy', 'noeviction'] })
  const { server, near } = world
  await near.write(1, 'old')
  await usesCache(near, 1)
  await server.command('CONFIG', 'SET', 'maxmemory', '1')
  await near.write(1, 'new')
  assert.equal(await near.read(1), 'new')
  const { fills } = near.cache.counters
  assert.equal(await near.read(2), null)
  assert.equal(await near.read(1), 'new')
  assert.equal(near.cache.counters.fills, fills)
  assert.equal(near.link.up, true)
  await server.command('CONFIG', 'SET', 'maxmemory', '0')
  await usesCache(near, 1)
})

test('answers stay right while a node of the cluster, and then all of it, is killed', { skip }, async () => {
  await using cluster = await startRedisCluster()
  const truth = new Map<number, string>()
  await using near = await startProcess(cluster.url, truth)
  await using far = await startProcess(cluster.url, truth)
  const keys = Array.from({ length: 12 }, (_, index) => index + 1)
  let version = 0
  const writeAndReadAll = async () => {
    version++
    await Promise.all(keys.map((key) => near.write(key, `${key}=${version}`)))
    for (const one of [near, far]) {
      const read = await Promise.all(keys.map((key) => one.read(key)))
      assert.deepEqual(
        read,
        keys.map((key) => `${key}=${version}`),
      )
    }
  }
  const [node] = cluster.nodes
  assert.ok(node)
  for (const [kill, start] of [
    [() => node.kill9(), () => node.start()],
    [() => cluster.kill9(), () => cluster.start()],
  ] as const) {
    await kill()
    for (let round = 0; round < 10; round++) await writeAndReadAll()
    await start()
    for (let round = 0; round < 10; round++) await writeAndReadAll()
    await cluster.settled()
    for (const one of [near, far]) for (const key of keys) await usesCache(one, key)
    await writeAndReadAll()
  }
})
