import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryCache } from './memory.ts'

async function put(cache: MemoryCache, key: string, value: unknown, ttlMs = 1_000) {
  const [lookup] = await cache.read([key])
  if (lookup && !lookup.hit && lookup.lease !== undefined) {
    await cache.fill([{ key, lease: lookup.lease, value, ttlMs }])
  }
}

const has = async (cache: MemoryCache, key: string) => (await cache.read([key]))[0]?.hit

test('keeps no more entries than allowed, and drops the least recently used first', async () => {
  const cache = new MemoryCache({ maxEntries: 3 })
  for (const key of ['a', 'b', 'c']) await put(cache, key, key)
  assert.equal(await has(cache, 'a'), true)
  await put(cache, 'd', 'd')
  assert.equal(cache.size.entries, 3)
  assert.equal(await has(cache, 'a'), true)
  assert.equal(await has(cache, 'd'), true)
  assert.equal(await has(cache, 'b'), false)
})

test('keeps no more bytes than allowed, whatever the size of a value', async () => {
  const cache = new MemoryCache({ maxBytes: 10_000 })
  for (let index = 0; index < 50; index++) {
    await put(cache, `k${index}`, 'x'.repeat(index * 200))
    assert.ok(cache.size.bytes <= 10_000)
  }
})

test('gives its memory back on drop', async () => {
  const cache = new MemoryCache()
  await put(cache, 'k', 'value')
  await cache.drop(['k'])
  assert.deepEqual(cache.size, { entries: 0, bytes: 0 })
})

test('refuses a lease that has ended, by an injected clock', async () => {
  let now = 0
  const cache = new MemoryCache({ leaseMs: 100, now: () => now })
  const [lookup] = await cache.read(['k'])
  now = 101
  assert.ok(lookup && !lookup.hit && lookup.lease !== undefined)
  await cache.fill([{ key: 'k', lease: lookup.lease, value: 1, ttlMs: 1_000 }])
  assert.equal(cache.counters.refused, 1)
})

test('a reader cannot change the value of others', async () => {
  const cache = new MemoryCache()
  const value = { list: [1] }
  await put(cache, 'k', value)
  value.list.push(2)
  const [lookup] = await cache.read(['k'])
  assert.deepEqual(lookup, { hit: true, value: { list: [1] } })
  assert.throws(() => (lookup?.hit ? (lookup.value as typeof value).list.push(3) : undefined), TypeError)
})
