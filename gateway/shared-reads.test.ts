import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SharedReads } from './shared-reads.ts'

test('of a herd one read runs, and all others share the next one', async () => {
  const reads = new SharedReads<number>()
  let runs = 0
  const run = async () => {
    await new Promise(setImmediate)
    return ++runs
  }
  const answers = await Promise.all(Array.from({ length: 100 }, () => reads.read('same', run)))
  assert.deepEqual(answers, [1, ...Array.from({ length: 99 }, () => 2)])
})

test('reads of different keys do not wait for each other', async () => {
  const reads = new SharedReads<string>()
  void reads.read('stuck', () => new Promise(() => {}))
  assert.equal(await reads.read('free', async () => 'answer'), 'answer')
})

test('nobody waits for a read that is stuck', async () => {
  let now = 0
  const reads = new SharedReads<string>(1_000, () => now)
  const stuck = Promise.withResolvers<string>()
  const first = reads.read('key', () => stuck.promise)
  now = 1_001
  assert.equal(await reads.read('key', async () => 'fresh'), 'fresh')
  stuck.resolve('late')
  assert.equal(await first, 'late')
  assert.equal(await reads.read('key', async () => 'fresher'), 'fresher')
})

test('a read that fails fails for those who share it, and for nobody after them', async () => {
  const reads = new SharedReads<string>()
  const fail = () => Promise.reject(new Error('down'))
  await assert.rejects(reads.read('key', fail), /down/)
  assert.equal(await reads.read('key', async () => 'up again'), 'up again')
  const settled = await Promise.allSettled([reads.read('key', fail), reads.read('key', async () => 'next')])
  assert.deepEqual(
    settled.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  )
})

test('no read is older than who asked for it, in whatever order things happen', async () => {
  const step = fc.constantFrom('read', 'write')
  const property = fc.asyncProperty(fc.scheduler(), fc.array(step, { maxLength: 30 }), async (scheduler, steps) => {
    const reads = new SharedReads<number>()
    let written = 0
    let running = 0
    const run = async () => {
      assert.equal(++running, 1)
      const seen = written // a read may miss what is written after it began
      await scheduler.schedule(Promise.resolve())
      running--
      return seen
    }
    const asked: Promise<void>[] = []
    const sequence = scheduler.scheduleSequence(
      steps.map((what) => async () => {
        if (what === 'write') written++
        const before = written
        if (what === 'read') asked.push(reads.read('key', run).then((seen) => assert.ok(seen >= before)))
      }),
    )
    await scheduler.waitIdle()
    assert.equal((await Promise.allSettled(asked)).filter(({ status }) => status === 'rejected').length, 0)
    assert.equal(asked.length, steps.filter((what) => what === 'read').length)
    assert.equal(sequence.done, true)
  })
  await fc.assert(property)
})
