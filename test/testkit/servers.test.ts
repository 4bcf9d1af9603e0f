import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { createConnection } from 'mysql2/promise'
import { openDatabase } from '../../kit/database/database.ts'
import { databases } from './databases.ts'
import { eventually } from './eventually.ts'
import { skipMariaDb, startMariaDb } from './mariadb.ts'
import { findProgram, skipWithout, Unavailable } from './program.ts'
import { skipRedis, startRedis } from './redis.ts'
import { startRedisCluster } from './redis-cluster.ts'
import { freePort } from './server-process.ts'
import { startStack } from './stack.ts'

test('a missing program is a reason to skip, and a failure where everything is required', () => {
  assert.equal(skipWithout(['no-such-program'], false), 'no-such-program is not installed on this machine')
  assert.equal(skipWithout(['no-such-program'], true), false)
  assert.throws(() => findProgram('no-such-program'), Unavailable)
})

test('a killed MariaDB starts again with what was committed', { skip: skipMariaDb() }, async () => {
  await using server = await startMariaDb()
  const ask = async (sql: string) => {
    const connection = await createConnection(server.url)
    const [rows] = await connection.query(sql)
    await connection.end()
    return rows
  }
  await ask('create database kept')
  await ask('create table kept.number (n int primary key)')
  await ask('insert into kept.number values (7)')
  await server.kill9()
  await assert.rejects(ask('select 1'))
  await server.start()
  assert.deepEqual(JSON.parse(JSON.stringify(await ask('select n from kept.number'))), [{ n: 7 }])
})

for (const { name, skip, open } of databases) {
  test(`two ${name} databases are empty and apart`, { skip }, async () => {
    await using one = await open()
    await using other = await open()
    assert.notEqual(one.url, other.url)
  })
}

test('a killed Redis starts again empty, a persistent one with its keys', { skip: skipRedis() }, async () => {
  for (const persistent of [false, true]) {
    await using server = await startRedis({ persistent })
    await server.command('SET', 'key', 'value')
    await server.kill9()
    await server.start()
    assert.equal(await server.command('GET', 'key'), persistent ? 'value' : null)
  }
})

test('a Redis Cluster serves all slots, also after all nodes were killed', { skip: skipRedis() }, async () => {
  await using cluster = await startRedisCluster()
  await cluster.kill9()
  await cluster.start()
  for (const node of cluster.nodes) {
    assert.match(String(await node.command('CLUSTER', 'INFO')), /cluster_slots_ok:16384/)
  }
})

test('a stack whose data are not in order in the end fails its test', async () => {
  const stack = await startStack({ kind: 'embedded' })
  await stack.stop()
  const db = await openDatabase({ url: `sqlite:${join(stack.dataDir, 'douyin.db')}` })
  await db.insertInto('work_count').values({ user_id: 5, count: 2 }).execute()
  await db.destroy()
  await assert.rejects(async () => stack[Symbol.asyncDispose](), /work_count of 5 says 2, there are 0/)
  assert.equal(existsSync(stack.dataDir), false)
})

test('a port is given once, also while nobody listens there', async () => {
  const ports = await Promise.all(Array.from({ length: 300 }, freePort))
  assert.equal(new Set(ports).size, ports.length)
  const script = `
    import { createSocket } from 'node:dgram'
    createSocket('udp4').on('error', ({ code }) => console.log(code)).bind(${ports[0]}, '127.0.0.1')`
  assert.equal(
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }),
    'EADDRINUSE\n',
  )
})

test('an app does not outlive the test process that started it', async () => {
  const script = `
    import { startStack } from ${JSON.stringify(new URL('./stack.ts', import.meta.url).href)}
    const { url, dataDir } = await startStack({ kind: 'embedded' })
    console.log(JSON.stringify({ url, dataDir }))
    process.kill(process.pid, 'SIGKILL')`
  let output = ''
  try {
    execFileSync(process.execPath, ['--input-type=module-typescript', '-e', script], { encoding: 'utf8' })
  } catch (error) {
    output = (error as { stdout: string }).stdout // execFileSync adds the output to its error
  }
  const { url, dataDir } = JSON.parse(output)
  await eventually(() =>
    fetch(url).then(
      () => false,
      () => true,
    ),
  )
  rmSync(dataDir, { recursive: true })
})

test('a server does not outlive the test process that started it', { skip: skipRedis() }, async () => {
  const script = `
    import { startRedis } from ${JSON.stringify(new URL('./redis.ts', import.meta.url).href)}
    console.log((await startRedis()).url)
    process.kill(process.pid, 'SIGKILL')`
  let output = ''
  try {
    execFileSync(process.execPath, ['--input-type=module-typescript', '-e', script], { encoding: 'utf8' })
  } catch (error) {
    output = (error as { stdout: string }).stdout // execFileSync adds the output to its error
  }
  const port = Number(new URL(output.trim()).port)
  await eventually(
    () =>
      new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1', () => {
          socket.destroy()
          resolve(false)
        }).on('error', () => resolve(true))
      }),
  )
})
