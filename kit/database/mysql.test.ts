import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kysely, sql } from 'kysely'
import { createConnection } from 'mysql2/promise'
import { databases } from '../../test/testkit/databases.ts'
import { eventually } from '../../test/testkit/eventually.ts'
import { skipMariaDb, startMariaDb } from '../../test/testkit/mariadb.ts'
import { startProxy } from '../../test/testkit/proxy.ts'
import { codeOf } from '../errors.ts'
import { type Database, openDatabase } from './database.ts'
import { migrate } from './migrate.ts'
import { mysqlDialect } from './mysql.ts'
import { faultOf, inTransaction } from './transaction.ts'

const mariadb = databases.find(({ name }) => name === 'mariadb') ?? assert.fail()
const { skip } = mariadb

/** One pool on a database of its own, with short times. */
async function openPool({ size = 2, acquireMs = 300, statementMs = 300 } = {}) {
  const database = await mariadb.open()
  const db: Database = new Kysely({
    dialect: mysqlDialect(new URL(database.url), { poolSize: size, acquireMs, statementMs }),
  })
  return {
    db,
    async [Symbol.asyncDispose]() {
      await db.destroy()
      await database[Symbol.asyncDispose]()
    },
  }
}

const connectionId = async (db: Database): Promise<unknown> =>
  (await sql<{ id: number }>`select connection_id() as id`.execute(db)).rows[0]?.id

const isUnavailable = (error: unknown) => codeOf(error) === 'UNAVAILABLE'

test('nine processes that start together make one database and run each step once', { skip }, async () => {
  const { url, ...given } = await mariadb.open()
  await given[Symbol.asyncDispose]() // there is no such database now
  const ran: string[] = []
  const steps = ['0001-a', '0002-b'].map((name) => ({
    name,
    up: async (db: Database) => {
      ran.push(name)
      await sleep(20)
      await db.schema
        .createTable(`t${name.slice(0, 4)}`)
        .addColumn('id', 'bigint')
        .execute()
    },
  }))
  const all = await Promise.all(Array.from({ length: 9 }, () => openDatabase({ url, poolSize: 2 })))
  await Promise.all(all.map((db) => migrate(db, 'some', steps)))
  assert.deepEqual(ran, ['0001-a', '0002-b'])
  await Promise.all(all.map((db) => db.destroy()))
  await given[Symbol.asyncDispose]()
})

test('a migration may take longer than any statement, and so may waiting for it', { skip }, async () => {
  const { url, ...given } = await mariadb.open()
  const ran: string[] = []
  const step = {
    name: '0001-slow',
    up: async (db: Database) => {
      ran.push('slow')
      await sql`create table slow as select sleep(3) as n`.execute(db)
    },
  }
  const pools = [1, 2].map(
    () => new Kysely({ dialect: mysqlDialect(new URL(url), { poolSize: 1, statementMs: 1_500 }) }) as Database,
  )
  await Promise.all(pools.map((db) => migrate(db, 'some', [step])))
  assert.deepEqual(ran, ['slow'])
  for (const db of pools) await db.destroy()
  await given[Symbol.asyncDispose]()
})

test('a caller that gets no connection hears so, and the one that came late is not lost', { skip }, async () => {
  await using pool = await openPool({ size: 1, statementMs: 5_000 })
  const held = sql`select sleep(0.6)`.execute(pool.db)
  // Not what was asked for is to blame, so nobody tries it in parts or takes it for a fault of ours.
  await assert.rejects(connectionId(pool.db), (error) => isUnavailable(error) && faultOf(error) === 'lost')
  await held
  assert.ok(await connectionId(pool.db))
})

test('a statement that takes too long is UNAVAILABLE, and its connection is not used again', { skip }, async () => {
  await using pool = await openPool({ size: 1 })
  const before = await connectionId(pool.db)
  await assert.rejects(sql`select sleep(5)`.execute(pool.db), isUnavailable)
  assert.notEqual(await connectionId(pool.db), before)
  // Also within a transaction, whose rollback can't be sent any more.
  const slow = inTransaction(pool.db, (tx) => sql`select sleep(5)`.execute(tx))
  await assert.rejects(slow, isUnavailable)
  assert.ok(await connectionId(pool.db))
})

test('a server that only reads is left, and used again when it writes', { skip }, async () => {
  await using server = await startMariaDb()
  const root = await createConnection(server.url)
  await root.query('create database app')
  await root.query("create user app@'%' identified by 'secret'")
  await root.query("grant all on app.* to app@'%'")
  const url = server.url.replace('root@', 'app:secret@')
  const db: Database = await openDatabase({ url: `${url}/app`, poolSize: 1 })
  await db.schema.createTable('t').addColumn('id', 'bigint').execute()
  const add = () => inTransaction(db, (tx) => tx.insertInto('t').values({ id: 1 }).execute())
  const before = await connectionId(db)
  await root.query('set global read_only = 1')
  await assert.rejects(add(), isUnavailable)
  assert.notEqual(await connectionId(db), before)
  await root.query('set global read_only = 0')
  await add()
  await root.end()
  await db.destroy()
})

test('after a failover nobody reads what the old server still has, also who only reads', { skip }, async () => {
  await using old = await startMariaDb()
  await using successor = await startMariaDb()
  await using address = await startProxy(Number(new URL(old.url).port))
  const roots = await Promise.all([old, successor].map(({ url }) => createConnection(url)))
  for (const [n, root] of roots.entries()) {
    await root.query('create database app')
    await root.query("create user app@'%' identified by 'secret'")
    await root.query("grant all on app.* to app@'%'")
    await root.query('create table app.t (id bigint primary key)')
    await root.query(`insert into app.t values (${n})`)
  }
  const url = `mysql://app:secret@127.0.0.1:${address.port}/app`
  const open = (recheckMs: number): Database =>
    new Kysely({ dialect: mysqlDialect(new URL(url), { poolSize: 3, recheckMs }) })
  const [writer, reader] = [open(600_000), open(0)]
  const ids = async (db: Database) =>
    (await db.selectFrom('t').select('id').orderBy('id').execute()).map(({ id }) => id)
  const all = (db: Database) => Promise.all(Array.from({ length: 3 }, () => ids(db)))
  for (const db of [writer, reader]) assert.deepEqual(await all(db), [[0], [0], [0]])

  await roots[0]?.query('set global read_only = 1')
  assert.deepEqual(await all(reader), [[0], [0], [0]], 'where there is no better one, it is read')
  address.leadTo(Number(new URL(successor.url).port))
  assert.deepEqual(await all(reader), [[1], [1], [1]])
  // The first refusal is enough for all connections of a pool.
  await assert.rejects(writer.insertInto('t').values({ id: 2 }).execute(), isUnavailable)
  assert.deepEqual(await all(writer), [[1], [1], [1]])
  for (const db of [writer, reader]) await db.destroy()
  for (const root of roots) await root.end()
})

test('while the server is away everything is refused soon, and works when it is back', {
  skip: skipMariaDb(),
}, async () => {
  await using server = await startMariaDb()
  const db: Database = await openDatabase({ url: `${server.url}/app`, poolSize: 3 })
  await db.schema.createTable('t').addColumn('id', 'bigint').execute()
  const add = (id: number) => inTransaction(db, (tx) => tx.insertInto('t').values({ id }).execute())
  await Promise.all([1, 2, 3].map(add))
  for (const end of [() => server.kill9(), () => server.stop()]) {
    await end()
    await assert.rejects(add(4), isUnavailable)
    await assert.rejects(db.selectFrom('t').selectAll().execute(), isUnavailable)
    await server.start()
    await eventually(() => add(5), 1_000)
  }
  assert.equal((await db.selectFrom('t').select('id').where('id', '<', 4).execute()).length, 3)
  await db.destroy()
})

test('a pool whose server went away without a word is closed soon, and leaves no socket', { skip }, async () => {
  await using database = await mariadb.open()
  const url = new URL(database.url)
  await using proxy = await startProxy(Number(url.port || 3306))
  url.hostname = '127.0.0.1'
  url.port = String(proxy.port)
  const { _getActiveHandles: handles } = process as unknown as { _getActiveHandles(): { remotePort?: number }[] }
  const sockets = () => handles().filter(({ remotePort }) => remotePort === proxy.port).length
  const db: Database = new Kysely({ dialect: mysqlDialect(url, { poolSize: 3, acquireMs: 300, statementMs: 300 }) })
  await Promise.all([1, 2, 3].map(() => sql`select sleep(0.05)`.execute(db)))
  await eventually(() => sockets() === 3)
  proxy.blackhole()
  await assert.rejects(sql`select 1`.execute(db), isUnavailable)
  await db.destroy()
  assert.equal(sockets(), 0)
})
