import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cacheTwins } from '../../test/testkit/cache-twins.ts'
import { eventually } from '../../test/testkit/eventually.ts'
import type { Cache } from './cache.ts'
import { MemoryCache } from './memory.ts'
import { ReadThrough } from './read-through.ts'

const through = (cache: Cache) => new ReadThrough<string>({ cache, name: 'square', ttlMs: 60_000 })

function squares() {
  const asked: number[][] = []
  const load = async (keys: readonly number[]) => {
    asked.push([...keys])
    return keys.map((key) => (key < 0 ? null : String(key * key)))
  }
  return { asked, load }
}

for (const { name, skip, open } of cacheTwins) {
  test(`${name}: loads what is missing, once, also what does not exist`, { skip }, async () => {
    await using twin = await open()
    const { asked, load } = squares()
    const values = through(twin.ours)
    assert.deepEqual(await values.getMany([3, -1, 2, 3], load), ['9', null, '4', '9'])
    await eventually(() => twin.ours.counters.fills === 3)
    assert.deepEqual(await through(twin.theirs).getMany([2, 5, -1], load), ['4', '25', null])
    assert.deepEqual(asked, [[3, -1, 2], [5]])
  })

  test(`${name}: a herd of 2,000 readers of one cold key makes one load`, { skip }, async () => {
    await using twin = await open()
    const { asked, load } = squares()
    const values = through(twin.ours)
    const answers = await Promise.all(Array.from({ length: 2_000 }, () => values.get(7, load)))
    assert.deepEqual(new Set(answers), new Set(['49']))
    assert.deepEqual(asked, [[7]])
  })

  test(`${name}: a reader after an invalidation does not join a load from before it`, { skip }, async () => {
    await using twin = await open()
    let truth = 'old'
    const values = through(twin.ours)
    const before = Promise.withResolvers<void>()
    const first = values.get(1, async () => {
      const seen = [truth]
      await before.promise
      return seen
    })
    await eventually(() => twin.ours.counters.misses === 1)
    truth = 'new'
    await through(twin.theirs).invalidate([1])
    assert.equal(await values.get(1, async () => [truth]), 'new')
    before.resolve()
    assert.equal(await first, 'old')
    await eventually(() => twin.ours.counters.fills + twin.ours.counters.refused === 2)
    assert.equal(await values.get(1, async () => ['not asked']), 'new')
  })

  test(`${name}: a failed load fails its readers only, and is tried again`, { skip }, async () => {
    await using twin = await open()
    const values = through(twin.ours)
    const failing = () => Promise.reject(new Error('database is away'))
    await assert.rejects(values.getMany([1, 2], failing), /database is away/)
    assert.deepEqual(await values.getMany([1, 2], squares().load), ['1', '4'])
  })

  test(`${name}: a write that fails leaves nothing cached, since it may have been committed`, { skip }, async () => {
    await using twin = await open()
    const values = through(twin.ours)
    await values.get(1, async () => ['old'])
    await eventually(() => twin.ours.counters.fills === 1)
    await assert.rejects(
      values.writing([1], () => Promise.reject(new Error('connection lost'))),
      /connection lost/,
    )
    assert.equal(await through(twin.theirs).get(1, async () => ['new']), 'new')
  })

  test(`${name}: nobody reads or stores the old value while a write is under way`, { skip }, async () => {
    await using twin = await open()
    const [ours, theirs] = [through(twin.ours), through(twin.theirs)]
    await ours.get(1, async () => ['old'])
    await eventually(() => twin.ours.counters.fills === 1)
    let truth = 'old'
    await ours.writing([1], async () => {
      truth = 'new'
      assert.equal(await theirs.get(1, async () => [truth]), 'new')
    })
    assert.equal(await theirs.get(1, async () => [truth]), 'new')
  })
}

test('a load of the wrong length is a fault of the loader', async () => {
  const values = through(new MemoryCache())
  await assert.rejects(
    values.getMany([1, 2], async () => ['1']),
    /loaded 1 values for 2 keys/,
  )
})

test('shortens lives at random, by an injected random', async () => {
  let now = 0
  const cache = new MemoryCache({ now: () => now })
  const values = new ReadThrough<string>({ cache, name: 'n', ttlMs: 1_000, jitter: 0.5, random: () => 0.5 })
  const { asked, load } = squares()
  await values.get(2, load)
  for (const [time, loads] of [
    [749, 1],
    [751, 2],
  ] as const) {
    now = time
    await values.get(2, load)
    assert.equal(asked.length, loads)
  }
})
