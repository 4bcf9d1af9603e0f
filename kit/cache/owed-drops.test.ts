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
import { type Debtor, OwedDrops, owedDropMigrations } from './owed-drops.ts'
import { ReadThrough } from './read-through.ts'
import { RedisCache } from './redis.ts'

/** One process: its own connections, over one truth that all of them share. */
async function startProcess(redis: string, database: string, truth: Map<number, string>, clock = Date.now) {
  const resources = new AsyncDisposableStack()
  const db: Database = await openDatabase({ url: database })
  resources.defer(() => db.destroy())
  await migrate(db, 'kit', owedDropMigrations)
  const link = resources.use(await RedisLink.open({ url: redis, log: silentLog }))
  const cache = resources.use(new RedisCache({ link, prefix: 'test:' }))
  resources.use(new OwedDrops({ db, cache, keepMs: 1_000, everyMs: 20, clock }))
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
    /** Nobody is told whether the database takes it. */
    writeUnheard: (key: number) =>
      assert.rejects(
        values.writing([key], () => Promise.reject(unheard)),
        /no answer/,
      ),
    /** It goes on to exist for the database and for nobody else. */
    async die() {
      await resources.disposeAsync()
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}
const unheard = Object.assign(new Error('no answer'), { code: 'PROTOCOL_SEQUENCE_TIMEOUT' })
type Process = Awaited<ReturnType<typeof startProcess>>

/** Until a read is answered by the cache: it is in use. */
const usesCache = ({ cache, read }: Process, key: number) =>
  eventually(async () => {
    const { hits } = cache.counters
    await read(key)
    return cache.counters.hits > hits
  })

const owed = ({ db }: Process) => db.selectFrom('owed_drop').selectAll().execute()

const isPaid = (one: Process) => eventually(async () => (await owed(one)).length === 0)

for (const kind of databases)
  describe(`drops that are owed, on ${kind.name}`, { skip: kind.skip || skipRedis() }, () => {
    async function startWorld(clock = Date.now) {
      const resources = new AsyncDisposableStack()
      const database = resources.use(await kind.open())
      const server: RedisServer = resources.use(await startRedis({ persistent: true }))
      const proxy = resources.use(await startProxy(server.port))
      const truth = new Map([[1, 'old']])
      const near = resources.use(await startProcess(server.url, database.url, truth, clock))
      const far = resources.use(await startProcess(`redis://127.0.0.1:${proxy.port}`, database.url, truth, clock))
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

    test('a commit that nobody heard of, and that comes late, leaves no old value', async () => {
      let now = Date.now()
      await using world = await startWorld(() => now)
      const { near, far, server, truth } = world
      await far.writeUnheard(1)
      assert.match(String(await server.command('GET', 'test:v:1')), /^W/)
      await server.command('DEL', 'test:v:1') // as it does by itself, when the hold is over
      await usesCache(near, 1)
      await eventually(async () => (await owed(near)).length === 1)
      await usesCache(near, 1)
      truth.set(1, 'new')
      now += 2_000
      await eventually(async () => assert.equal(await near.read(1), 'new'))
      await isPaid(near)
    })
  })

/** A cache of which a test says when a drop is answered. */
function slowCache() {
  const calls: { keys: readonly string[]; answer(): void }[] = []
  let recover = async () => {}
  let doubt: (keys: readonly string[]) => void = () => {}
  const cache: Debtor = {
    reachable: true,
    dropForOthers: (keys) => new Promise((resolve) => calls.push({ keys, answer: resolve })),
    onUndelivered() {},
    onDoubt(owe) {
      doubt = owe
    },
    onRecovery(step) {
      recover = step
    },
  }
  const call = async (n: number) => {
    await eventually(() => calls.length > n)
    const { keys = [], answer = () => {} } = calls[n] ?? {}
    return { keys, answer }
  }
  const answerAll = () => {
    const answering = setInterval(() => {
      for (const { answer } of calls) answer()
    })
    return { [Symbol.dispose]: () => clearInterval(answering) }
  }
  return { cache, call, answerAll, recover: () => recover(), doubt: (keys: readonly string[]) => doubt(keys) }
}

async function openOwed() {
  const db: Database = await openDatabase({ url: 'sqlite::memory:' })
  await migrate(db, 'kit', owedDropMigrations)
  return db
}

test('a look that is under way when the cache comes back as it was pays for nothing of it', async () => {
  const db = await openOwed()
  const names = Array.from({ length: 600 }, (_, n) => `v:${1_000 + n}`)
  await db
    .insertInto('owed_drop')
    .values(names.map((name) => ({ name, until_ms: Number.MAX_SAFE_INTEGER })))
    .execute()
  const { cache, call, answerAll, recover } = slowCache()
  const drops = new OwedDrops({ db, cache, everyMs: 1 })
  ;(await call(0)).answer()
  const last = await call(1)
  const recovered = recover()
  const first = await call(2)
  last.answer()
  await call(3) // the next look
  first.answer()
  const rest = await call(4)
  assert.equal(first.keys.length + rest.keys.length, names.length)
  using _ = answerAll()
  await recovered
  await drops[Symbol.asyncDispose]()
  await db.destroy()
})

test('what a database that is away does not take is written down when it is back', async () => {
  const db = await openOwed()
  let refusals = 0
  let away = true
  const unreliable: Database = new Proxy(db, {
    get(target, name) {
      if (away && name === 'transaction') {
        refusals++
        throw new Error('away')
      }
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const { cache, call, answerAll, doubt } = slowCache()
  const drops = new OwedDrops({ db: unreliable, cache, everyMs: 1, clock: () => 0 })
  ;(await call(0)).answer()
  doubt(['v:1'])
  await eventually(() => refusals > 0)
  ;(await call(1)).answer()
  away = false
  for (let n = 2, paid: readonly string[] = []; paid.length === 0; n++) {
    const { keys, answer } = await call(n)
    paid = keys
    answer()
  }
  assert.deepEqual(await db.selectFrom('owed_drop').select('name').execute(), [{ name: 'v:1' }])
  using _ = answerAll()
  await drops[Symbol.asyncDispose]()
  await db.destroy()
})
