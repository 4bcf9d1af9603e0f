import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LogSync } from './log-sync.ts'

test('whoever is answered wrote before a sync that succeeded, and who waits together shares one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 20 }), async (scheduler, writers) => {
      let written = 0
      let durable = 0
      let syncs = 0
      const log = new LogSync(async () => {
        syncs++
        const covered = written
        await scheduler.schedule(Promise.resolve(), 'sync')
        durable = covered
      })
      const answers: Promise<void>[] = []
      for (let n = 0; n < writers; n++)
        void scheduler.schedule(Promise.resolve(), 'write').then(() => {
          const mine = ++written
          answers.push(
            log.synced().then(() => assert.ok(durable >= mine, `${mine} was answered, ${durable} are durable`)),
          )
        })
      await scheduler.waitIdle()
      assert.equal(answers.length, writers)
      await Promise.all(answers)
      assert.ok(syncs <= writers)
    }),
  )
})

test('all who come while a sync is under way wait for the same next one', async () => {
  const disk = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  let syncs = 0
  const log = new LogSync(() => {
    begun.resolve()
    return ++syncs === 1 ? disk.promise : Promise.resolve()
  })
  const first = log.synced()
  await begun.promise
  let answered = 0
  const others = Array.from({ length: 100 }, () => log.synced().then(() => answered++))
  const answeredBefore = first.then(() => answered)
  disk.resolve()
  assert.equal(await answeredBefore, 0)
  await Promise.all(others)
  assert.equal(syncs, 2)
})

test('after a failed sync nobody is told that a write is durable', async () => {
  let fails = true
  const log = new LogSync(async () => {
    if (fails) throw new Error('EIO')
  })
  await assert.rejects(log.synced(), /EIO/)
  fails = false
  await assert.rejects(log.synced(), /EIO/)
  await log.idle()
})
