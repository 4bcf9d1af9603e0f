import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryCache } from './memory.ts'

async function put(cache: MemoryCache, key: number, value: unknown, ttlMs = 1_000, space = 's') {
  const [lookup] = await cache.read(space, [key])
  if (lookup && !lookup.hit && lookup.lease !== undefined) {
    await cache.fill(space, [{ key, lease: lookup.lease, value, ttlMs }])
  }
}

const has = async (cache: MemoryCache, key: number, space = 's') => (await cache.read(space, [key]))[0]?.hit

test('keeps no more entries than allowed, and drops the least recently used first', async () => {
  const cache = new MemoryCache({ maxEntries: 3 })
  for (const key of [1, 2, 3]) await put(cache, key, key)
  assert.equal(await has(cache, 1), true)
  await put(cache, 4, 4)
  assert.equal(cache.size.entries, 3)
  assert.equal(await has(cache, 1), true)
  assert.equal(await has(cache, 4), true)
  assert.equal(await has(cache, 2), false)
})

test('keeps no more bytes than allowed, whatever the size of a value', async () => {
  const cache = new MemoryCache({ maxBytes: 10_000 })
  for (let index = 0; index < 50; index++) {
    await put(cache, index, 'x'.repeat(index * 200))
    assert.ok(cache.size.bytes <= 10_000)
  }
})

test('what is too much goes from the space that has the most, the least recently used first', async () => {
  const cache = new MemoryCache({ maxBytes: 3_000 })
  await put(cache, 1, 'of another space', 1_000, 'small')
  for (const key of [1, 2, 3, 4]) await put(cache, key, 'x'.repeat(400))
  assert.ok(cache.size.bytes <= 3_000)
  assert.equal(await has(cache, 1, 'small'), true)
  assert.deepEqual(await Promise.all([1, 2, 3, 4].map((key) => has(cache, key))), [false, false, true, true])
})

test('a key of one space is not that of another', async () => {
  const cache = new MemoryCache()
  await put(cache, 1, 'ours', 1_000, 'ours')
  await put(cache, 1, 'theirs', 1_000, 'theirs')
  await cache.drop(['ours:1'])
  assert.equal(await has(cache, 1, 'ours'), false)
  assert.equal(await has(cache, 1, 'theirs'), true)
})

test('gives its memory back on drop', async () => {
  const cache = new MemoryCache()
  await put(cache, 7, 'value')
  await cache.drop(['s:7'])
  assert.deepEqual(cache.size, { entries: 0, bytes: 0 })
})

test('refuses a lease that has ended, by an injected clock', async () => {
  let now = 0
  const cache = new MemoryCache({ leaseMs: 100, now: () => now })
  const [lookup] = await cache.read('s', [7])
  now = 101
  assert.ok(lookup && !lookup.hit && lookup.lease !== undefined)
  await cache.fill('s', [{ key: 7, lease: lookup.lease, value: 1, ttlMs: 1_000 }])
  assert.equal(cache.counters.refused, 1)
})

test('a reader cannot change the value of others', async () => {
  const cache = new MemoryCache()
  const value = { list: [1] }
  await put(cache, 7, value)
  value.list.push(2)
  const [lookup] = await cache.read('s', [7])
  assert.deepEqual(lookup, { hit: true, value: { list: [1] } })
  assert.throws(() => (lookup?.hit ? (lookup.value as typeof value).list.push(3) : undefined), TypeError)
})

test('a peek gives what a read would give, and nothing that has ended or was dropped', async () => {
  let now = 0
  const cache = new MemoryCache({ now: () => now })
  assert.equal(cache.peek('s', 1), undefined)
  await put(cache, 1, { name: 'value' })
  await put(cache, 2, null)
  assert.deepEqual(cache.peek('s', 1), { name: 'value' })
  assert.equal(cache.peek('s', 2), null)
  assert.equal(cache.peek('other', 1), undefined)
  await cache.drop(['s:2'])
  assert.equal(cache.peek('s', 2), undefined)
  now = 1_000
  assert.equal(cache.peek('s', 1), undefined)
  await cache[Symbol.asyncDispose]()
  assert.throws(() => cache.peek('s', 1), /disposed/)
})
