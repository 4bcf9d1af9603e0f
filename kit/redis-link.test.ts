import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster } from 'ioredis'
import { eventually } from '../test/testkit/eventually.ts'
import { skipRedis } from '../test/testkit/redis.ts'
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
