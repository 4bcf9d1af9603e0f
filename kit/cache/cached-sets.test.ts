import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CachedSets } from './cached-sets.ts'
import { fenced } from './fenced.ts'
import { MemoryCache } from './memory.ts'

function world() {
  const cache = new MemoryCache()
  const stored = new Map<number, readonly number[]>()
  const asked: string[] = []
  const sets = new CachedSets({
    ...{ cache, name: 'set', ttlMs: 60_000, most: 3 },
    membersOf: async (owner, limit) => {
      asked.push(`members of ${owner}`)
      return (stored.get(owner) ?? []).slice(0, limit)
    },
    memberships: async (owner, ids) => {
      asked.push(`memberships of ${owner}`)
      return ids.map((id) => stored.get(owner)?.includes(id) === true)
    },
  })
  return { cache, stored, asked, sets }
}

test('a set is loaded once for all pages of memberships, also an empty one', async () => {
  const { stored, asked, sets } = world()
  stored.set(1, [5, 7])
  assert.deepEqual(await sets.has(1, [4, 5, 6]), [false, true, false])
  assert.deepEqual(await sets.has(1, [7, 8]), [true, false])
  assert.deepEqual(await sets.has(2, [7]), [false])
  assert.deepEqual(await sets.has(2, [8]), [false])
  assert.deepEqual(asked, ['members of 1', 'members of 2'])
})

test('a set that is too long is asked for each page, and none of it is kept', async () => {
  const { cache, stored, asked, sets } = world()
  stored.set(1, [1, 2, 3, 4, 5])
  assert.deepEqual(await sets.has(1, [5, 6]), [true, false])
  assert.deepEqual(await sets.has(1, [4]), [true])
  assert.deepEqual(asked, ['members of 1', 'memberships of 1', 'memberships of 1'])
  assert.ok(cache.size.bytes < 300, `${cache.size.bytes} bytes`)
})

test('a set that grows too long, and shrinks again, is right at every moment', async () => {
  const { cache, stored, sets } = world()
  for (const members of [[1], [1, 2, 3], [1, 2, 3, 4], [2, 3], []]) {
    await fenced(cache, sets.namesOf([1]), async () => stored.set(1, members))
    assert.deepEqual(
      await sets.has(1, [1, 2, 3, 4]),
      [1, 2, 3, 4].map((id) => members.includes(id)),
    )
  }
})
