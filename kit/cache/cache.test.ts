import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cacheTwins, remoteCacheTwins } from '../../test/testkit/cache-twins.ts'
import { eventually } from '../../test/testkit/eventually.ts'
import type { Cache, Fill } from './cache.ts'

const leaseOf = async (cache: Cache, key: string): Promise<string> => {
  const [lookup] = await cache.read([key])
  assert.ok(lookup && !lookup.hit && lookup.lease !== undefined, `no lease for ${key}`)
  return lookup.lease
}
const filling = (key: string, lease: string, value: unknown, ttlMs = 60_000): Fill[] => [{ key, lease, value, ttlMs }]
const hit = (value: unknown) => [{ hit: true, value }]

for (const { name, skip, open } of cacheTwins) {
  test(`${name}: what one process stores another one reads, null and structures included`, { skip }, async () => {
    await using twin = await open()
    for (const value of [{ id: 1, name: '抖音', tags: ['a', null] }, null, 0, '', [], false]) {
      const key = `k${JSON.stringify(value)}`
      await twin.ours.fill(filling(key, await leaseOf(twin.ours, key), value))
      assert.deepEqual(await twin.theirs.read([key]), hit(value))
    }
    assert.equal(twin.ours.counters.fills, 6)
  })

  test(`${name}: answers in the order of the keys, and the same key twice`, { skip }, async () => {
    await using twin = await open()
    for (const key of ['b', 'a']) await twin.ours.fill(filling(key, await leaseOf(twin.ours, key), key))
    const values = (await twin.ours.read(['a', 'x', 'b', 'a'])).map((lookup) => lookup.hit && lookup.value)
    assert.deepEqual(values, ['a', false, 'b', 'a'])
  })

  test(`${name}: a value that was read before a drop is not stored after it`, { skip }, async () => {
    await using twin = await open()
    const lease = await leaseOf(twin.ours, 'k')
    await twin.theirs.drop(['k'])
    await twin.ours.fill(filling('k', lease, 'old'))
    assert.equal((await twin.theirs.read(['k']))[0]?.hit, false)
    await twin.ours.fill(filling('k', lease, 'old'))
    assert.equal((await twin.theirs.read(['k']))[0]?.hit, false)
    assert.equal(twin.ours.counters.refused, 2)
  })

  test(`${name}: readers of one key share its lease, and the first one stores`, { skip }, async () => {
    await using twin = await open()
    const lease = await leaseOf(twin.ours, 'k')
    assert.equal(await leaseOf(twin.theirs, 'k'), lease)
    await twin.theirs.fill(filling('k', lease, 'first'))
    await twin.ours.fill(filling('k', lease, 'second'))
    assert.deepEqual(await twin.ours.read(['k']), hit('first'))
  })

  test(`${name}: a hold takes the value away and refuses what was read before it`, { skip }, async () => {
    await using twin = await open()
    await twin.ours.fill(filling('k', await leaseOf(twin.ours, 'k'), 'old'))
    const lease = await leaseOf(twin.ours, 'other')
    const hold = await twin.ours.hold(['k', 'other'])
    await twin.theirs.fill(filling('other', lease, 'old'))
    for (const key of ['k', 'other']) assert.equal((await twin.theirs.read([key]))[0]?.hit, false)
    await twin.ours.drop(['k', 'other'], hold)
    await twin.theirs.fill(filling('k', await leaseOf(twin.theirs, 'k'), 'new'))
    assert.deepEqual(await twin.ours.read(['k']), hit('new'))
  })

  test(`${name}: a value ends with its time to live`, { skip }, async () => {
    await using twin = await open()
    await twin.ours.fill(filling('k', await leaseOf(twin.ours, 'k'), 'short', 50))
    await eventually(async () => (await twin.theirs.read(['k']))[0]?.hit === false)
  })

  test(`${name}: refuses to work after it was disposed of`, { skip }, async () => {
    const twin = await open()
    await twin[Symbol.asyncDispose]()
    await assert.rejects(twin.ours.read(['k']), /disposed/)
    await assert.rejects(twin.ours.drop(['k']), /disposed/)
  })
}

for (const { name, skip, open } of remoteCacheTwins) {
  test(`${name}: a key that two writers hold is open again only after both`, { skip }, async () => {
    await using twin = await open()
    const ours = await twin.ours.hold(['k'])
    const theirs = await twin.theirs.hold(['k'])
    await twin.theirs.drop(['k'], theirs)
    assert.deepEqual(await twin.theirs.read(['k']), [{ hit: false, lease: undefined }])
    await twin.ours.drop(['k'], ours)
    await leaseOf(twin.theirs, 'k')
  })
}
