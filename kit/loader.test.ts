import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Loader } from './loader.ts'

test('what is at hand is there at once, the rest in one batch, each key once', async () => {
  const batches: (readonly number[])[] = []
  const loader = new Loader(
    async (keys) => {
      batches.push(keys)
      return keys.map((key) => ({ square: key * key }))
    },
    { atHand: (key) => (key < 0 ? { square: 0 } : undefined) },
  )
  assert.deepEqual(loader.load(-1), { square: 0 })
  assert.equal(loader.pick(-1, 'square'), 0)
  const asked = [loader.load(2), loader.pick(3, 'square'), loader.pick(2, 'square')]
  assert.ok(asked.every((value) => value instanceof Promise))
  assert.deepEqual(await Promise.all(asked), [{ square: 4 }, 9, 4])
  assert.deepEqual(batches, [[2, 3]])
})

test('that there is nothing is a value too', () => {
  const loader = new Loader<{ name: string } | null>(() => Promise.reject(new Error('asked')), { atHand: () => null })
  assert.equal(loader.load(1), null)
})

test('a batch has no more keys than it may', async () => {
  const sizes: number[] = []
  const loader = new Loader(
    async (keys) => {
      sizes.push(keys.length)
      return keys
    },
    { maxBatchSize: 2 },
  )
  await Promise.all([1, 2, 3].map((key) => loader.load(key)))
  assert.deepEqual(sizes, [2, 1])
})

test('what was cleared is asked for again', async () => {
  let version = 0
  const loader = new Loader(async (keys) => keys.map(() => ++version))
  assert.equal(await loader.load(1), 1)
  assert.equal(await loader.load(1), 1)
  assert.equal(await loader.clear(1).load(1), 2)
})
