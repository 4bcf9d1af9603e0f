import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf, errors } from './errors.ts'
import { WriteBatch } from './write-batch.ts'

test('items that arrive during a commit share the next one', async () => {
  const sizes: number[] = []
  const gate = Promise.withResolvers<void>()
  const batch = new WriteBatch<number, number>(async (items) => {
    sizes.push(items.length)
    if (sizes.length === 1) await gate.promise
    return items.map((item) => item * 2)
  })
  const first = batch.add(1)
  await new Promise(setImmediate)
  const others = Array.from({ length: 99 }, (_, n) => batch.add(n + 2))
  gate.resolve()
  assert.deepEqual(
    await Promise.all([first, ...others]),
    Array.from({ length: 100 }, (_, n) => (n + 1) * 2),
  )
  assert.deepEqual(sizes, [1, 99])
})

test('one bad item fails alone, whether its outcome is an error or it breaks the commit', async () => {
  const batch = new WriteBatch<string, string>(async (items) => {
    if (items.includes('poison')) throw new Error('poison')
    return items.map((item) => (item === 'bad' ? new Error('bad') : item))
  })
  const results = await Promise.allSettled(['a', 'bad', 'poison', 'b'].map((item) => batch.add(item)))
  assert.deepEqual(
    results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason.message)),
    ['a', 'bad', 'poison', 'b'],
  )
  assert.equal(await batch.add('later'), 'later')
})

test('a batch is never larger than its limit', async () => {
  const sizes: number[] = []
  const batch = new WriteBatch<number, null>(async (items) => {
    sizes.push(items.length)
    return items.map(() => null)
  }, 10)
  await Promise.all(Array.from({ length: 35 }, (_, n) => batch.add(n)))
  assert.deepEqual(sizes, [10, 10, 10, 5])
})

test('while the database is away a batch is refused whole, not one after the other', async () => {
  let commits = 0
  const batch = new WriteBatch<number, null>(async () => {
    commits++
    throw errors.unavailable('database', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))
  })
  const results = await Promise.allSettled(Array.from({ length: 500 }, (_, n) => batch.add(n)))
  assert.ok(results.every((result) => result.status === 'rejected' && codeOf(result.reason) === 'UNAVAILABLE'))
  assert.equal(commits, 1, 'also for those that did not fit into the first one')
  await assert.rejects(batch.add(1))
  assert.equal(commits, 2)
})

test('the database goes away while items are tried one by one: those that are left are refused at once', async () => {
  let commits = 0
  const batch = new WriteBatch<number, null>(async () => {
    if (commits++ === 0) throw new Error('poison')
    throw errors.unavailable('database', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))
  }, 100)
  const results = await Promise.allSettled(Array.from({ length: 500 }, (_, n) => batch.add(n)))
  assert.ok(results.every((result) => result.status === 'rejected' && codeOf(result.reason) === 'UNAVAILABLE'))
  assert.equal(commits, 2)
})

test('a batch that others keep from what it needs is refused whole, and the next one has its own try', async () => {
  const sizes: number[] = []
  const batch = new WriteBatch<number, null>(async (items) => {
    sizes.push(items.length)
    if (sizes.length > 1) return items.map(() => null)
    throw errors.unavailable('database', Object.assign(new Error('deadlock'), { code: 'ER_LOCK_DEADLOCK' }))
  }, 100)
  const results = await Promise.allSettled(Array.from({ length: 150 }, (_, n) => batch.add(n)))
  assert.deepEqual(sizes, [100, 50])
  assert.equal(results.filter(({ status }) => status === 'rejected').length, 100)
})
