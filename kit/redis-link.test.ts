import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster } from 'ioredis'
import { eventually } from '../test/testkit/eventually.ts'
import { skipRedis, startRedis } from '../test/testkit/redis.ts'
import { startRedisCluster } from '../test/testkit/redis-cluster.ts'
import { silentLog } from '../test/testkit/redises.ts'
import { RedisLink } from './redis-link.ts'

test('a cluster whose driver waits for connections that have no end is used again', { skip: skipRedis() }, async () => {
  await using cluster = await startRedisCluster()
  await using link = await RedisLink.open({ url: cluster.url, log: silentLog })
  const { client } = link
  assert.ok(client instanceof Cluster)
  await eventually(() => link.up)
  await cluster.kill9()
  await eventually(() => client.nodes('all').every(({ status }) => status === 'reconnecting'))
  client.disconnect(true) // what the driver does when a node does not answer at the start
  await cluster.start()
  await eventually(() => link.up, 10_000)
  assert.equal(client.status, 'ready')
})

test('a start has nothing to warn of, and a Redis that goes away is told of once', { skip: skipRedis() }, async () => {
  await using server = await startRedis()
  const told: string[] = []
  const log = { ...silentLog, warn: (_: object, message: string) => void told.push(message) }
  await using link = await RedisLink.open({ url: server.url, log })
  let recovered = 0
  for (let step = 0; step < 3; step++) link.onRecovery(async () => void recovered++)
  await eventually(() => link.up && recovered >= 3)
  assert.equal(told.length, 0)
  await server.kill9()
  await eventually(() => told.includes('redis: not used until it has recovered'))
  await server.start()
  await eventually(() => link.up)
  assert.equal(told.filter((message) => message === 'redis: not used until it has recovered').length, 1)
})
