import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../test/testkit/databases.ts'
import { eventually } from '../../test/testkit/eventually.ts'
import { startProxy } from '../../test/testkit/proxy.ts'
import { type RedisServer, skipRedis, startRedis } from '../../test/testkit/redis.ts'
import { silentLog } from '../../test/testkit/redises.ts'
import { type Database, openDatabase } from '../database/database.ts'
import { migrate } from '../database/migrate.ts'
import { RedisLink } from '../redis-link.ts'
import { OwedDrops, owedDropMigrations } from './owed-drops.ts'
import { ReadThrough } from './read-through.ts'
import { RedisCache } from './redis.ts'

/** One process: its own connections, over one truth that all of them share. */
async function startProcess(redis: string, database: string, truth: Map<number, string>) {
  const resources = new AsyncDisposableStack()
  const db: Database = await openDatabase({ url: database })
  resources.defer(() => db.destroy())
  await migrate(db, 'kit', owedDropMigrations)
  const link = resources.use(await RedisLink.open({ url: redis, log: silentLog }))
  const cache = resources.use(new RedisCache({ link, prefix: 'test:' }))
  resources.use(new OwedDrops({ db, cache, keepMs: 1_000, everyMs: 20 }))
  await link.whenUp(2_000)
  const values = new ReadThrough<string>({ cache, name: 'v', ttlMs: 600_000 })
  return {
    db,
    link,
    cache,
    read: (key: number) => values.get(key, async (keys) => keys.map((one) => truth.get(one) ?? null)),
    write: (key: number, value: string) => values.writing([key], async () => void truth.set(key, value)),
    async writeBarely(key: number, value: string) {
      truth.set(key, value)
      await values.invalidate([key])
    },
    /** It goes on to exist for the database and for nobody else. */
    async die() {
      await resources.disposeAsync()
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}
type Process = Awaited<ReturnType<typeof startProcess>>

/** Until a read is answered by the cache: it is in use. */
const usesCache = ({ cache, read }: Process, key: number) =>
  eventually(async () => {
    const { hits } = cache.counters
    await read(key)
    return cache.counters.hits > hits
  })

const isPaid = ({ db }: Process) =>
  eventually(async () => (await db.selectFrom('owed_drop').selectAll().execute()).length === 0)

for (const kind of databases)
  describe(`drops that are owed, on ${kind.name}`, { skip: kind.skip || skipRedis() }, () => {
    async function startWorld() {
      const resources = new AsyncDisposableStack()
      const database = resources.use(await kind.open())
      const server: RedisServer = resources.use(await startRedis({ persistent: true }))
      const proxy = resources.use(await startProxy(server.port))
      const truth = new Map([[1, 'old']])
      const near = resources.use(await startProcess(server.url, database.url, truth))
      const far = resources.use(await startProcess(`redis://127.0.0.1:${proxy.port}`, database.url, truth))
      await usesCache(near, 1)
      await usesCache(far, 1)
      const cutOff = () => {
        proxy.stall(true)
        proxy.cut()
      }
      return { server, proxy, truth, near, far, cutOff, [Symbol.asyncDispose]: () => resources.disposeAsync() }
    }

    test('a process that is cut off from the cache leaves no old value to the others', async () => {
      await using world = await startWorld()
      const { near, far, proxy, cutOff } = world
      cutOff()
      for (const [write, value] of [
        [far.writeBarely, 'new'],
        [far.write, 'newer'],
        [far.writeBarely, 'newest'],
      ] as const) {
        await write(1, value)
        assert.equal(await far.read(1), value)
        await eventually(async () => assert.equal(await near.read(1), value), 5_000)
        await usesCache(near, 1)
      }
      assert.equal(far.link.up, false)
      await isPaid(near)
      proxy.stall(false)
      await usesCache(far, 1)
    })

    test('also when it dies, after its commit or before it told anybody', async () => {
      await using world = await startWorld()
      const { near, far, truth, cutOff } = world
      cutOff()
      await far.cache.hold(['v:1'])
      await usesCache(near, 1) // what was owed for the hold may be paid by now
      truth.set(1, 'new')
      await far.die()
      await eventually(async () => assert.equal(await near.read(1), 'new'), 5_000)
      await isPaid(near)
    })

    test('a Redis that comes back with what it held is not read before all is paid, also for the dead', async () => {
      await using world = await startWorld()
      const { near, far, server } = world
      assert.match(String(await server.command('GET', 'test:v:1')), /"old"/) // on disk before it was answered
      await server.kill9()
      await far.write(1, 'new')
      await far.die()
      await server.start()
      await eventually(async () => {
        assert.equal(await near.read(1), 'new')
        return near.link.up
      })
      await usesCache(near, 1)
      assert.equal(await near.read(1), 'new')
    })
  })
