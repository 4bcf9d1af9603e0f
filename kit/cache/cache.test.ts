import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cacheTwins, remoteCacheTwins } from '../../test/testkit/cache-twins.ts'
import { eventually } from '../../test/testkit/eventually.ts'
import type { Cache, Fill } from './cache.ts'

const leaseOf = async (cache: Cache, key: number): Promise<string> => {
  const [lookup] = await cache.read('s', [key])
  assert.ok(lookup && !lookup.hit && lookup.lease !== undefined, `no lease for ${key}`)
  return lookup.lease
}
const filling = (key: number, lease: string, value: unknown, ttlMs = 60_000): Fill[] => [{ key, lease, value, ttlMs }]
const hit = (value: unknown) => [{ hit: true, value }]

for (const { name, skip, open } of cacheTwins) {
  test(`${name}: what one process stores another one reads, null and structures included`, { skip }, async () => {
    await using twin = await open()
    for (const [key, value] of [{ id: 1, name: '抖音', tags: ['a', null] }, null, 0, '', [], false].entries()) {
      await twin.ours.fill('s', filling(key, await leaseOf(twin.ours, key), value))
      assert.deepEqual(await twin.theirs.read('s', [key]), hit(value))
    }
    assert.equal(twin.ours.counters.fills, 6)
  })

  test(`${name}: answers in the order of the keys, and the same key twice`, { skip }, async () => {
    await using twin = await open()
    for (const key of [2, 1]) await twin.ours.fill('s', filling(key, await leaseOf(twin.ours, key), key))
    const values = (await twin.ours.read('s', [1, 9, 2, 1])).map((lookup) => lookup.hit && lookup.value)
    assert.deepEqual(values, [1, false, 2, 1])
  })

  test(`${name}: a value that was read before a drop is not stored after it`, { skip }, async () => {
    await using twin = await open()
    const lease = await leaseOf(twin.ours, 1)
    await twin.theirs.drop(['s:1'])
    await twin.ours.fill('s', filling(1, lease, 'old'))
    assert.equal((await twin.theirs.read('s', [1]))[0]?.hit, false)
    await twin.ours.fill('s', filling(1, lease, 'old'))
    assert.equal((await twin.theirs.read('s', [1]))[0]?.hit, false)
    assert.equal(twin.ours.counters.refused, 2)
  })

  test(`${name}: readers of one key share its lease, and the first one stores`, { skip }, async () => {
    await using twin = await open()
    const lease = await leaseOf(twin.ours, 1)
    assert.equal(await leaseOf(twin.theirs, 1), lease)
    await twin.theirs.fill('s', filling(1, lease, 'first'))
    await twin.ours.fill('s', filling(1, lease, 'second'))
    assert.deepEqual(await twin.ours.read('s', [1]), hit('first'))
  })

  test(`${name}: a hold takes the value away and refuses what was read before it`, { skip }, async () => {
    await using twin = await open()
    await twin.ours.fill('s', filling(1, await leaseOf(twin.ours, 1), 'old'))
    const lease = await leaseOf(twin.ours, 2)
    const hold = await twin.ours.hold(['s:1', 's:2'])
    await twin.theirs.fill('s', filling(2, lease, 'old'))
    for (const key of [1, 2]) assert.equal((await twin.theirs.read('s', [key]))[0]?.hit, false)
    await twin.ours.drop(['s:1', 's:2'], hold)
    await twin.theirs.fill('s', filling(1, await leaseOf(twin.theirs, 1), 'new'))
    assert.deepEqual(await twin.ours.read('s', [1]), hit('new'))
  })

  test(`${name}: a value ends with its time to live`, { skip }, async () => {
    await using twin = await open()
    await twin.ours.fill('s', filling(1, await leaseOf(twin.ours, 1), 'short', 50))
    await eventually(async () => (await twin.theirs.read('s', [1]))[0]?.hit === false)
  })

  test(`${name}: refuses to work after it was disposed of`, { skip }, async () => {
    const twin = await open()
    await twin[Symbol.asyncDispose]()
    await assert.rejects(twin.ours.read('s', [1]), /disposed/)
    await assert.rejects(twin.ours.drop(['s:1']), /disposed/)
  })
}

for (const { name, skip, open } of remoteCacheTwins) {
  test(`${name}: a key that two writers hold is open again only after both`, { skip }, async () => {
    await using twin = await open()
    const ours = await twin.ours.hold(['s:1'])
    const theirs = await twin.theirs.hold(['s:1'])
    await twin.theirs.drop(['s:1'], theirs)
    assert.deepEqual(await twin.theirs.read('s', [1]), [{ hit: false, lease: undefined }])
    await twin.ours.drop(['s:1'], ours)
    await leaseOf(twin.theirs, 1)
  })
  test(`${name}: a key whose write is in doubt stays held`, { skip }, async () => {
    await using twin = await open()
    await twin.ours.hold(['s:1'])
    await twin.ours.doubt(['s:1'])
    assert.deepEqual(await twin.theirs.read('s', [1]), [{ hit: false, lease: undefined }])
  })
}
