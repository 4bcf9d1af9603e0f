import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { silentLog } from '../../test/testkit/redises.ts'
import type { BusItem, SubscribeOptions } from './bus.ts'
import { MemoryBus } from './memory.ts'

const message = (payload: unknown): BusItem => ({ type: 'message', payload })

async function published(count: number, options: SubscribeOptions): Promise<BusItem[]> {
  await using bus = new MemoryBus({ log: silentLog })
  const subscription = bus.subscribe('c', options)
  for (let payload = 1; payload <= count; payload++) await bus.publish('c', payload)
  await bus.publish('c', 'last')
  const items: BusItem[] = []
  for await (const item of subscription) {
    items.push(item)
    if (item.type === 'message' && item.payload === 'last') break
  }
  return items
}

test('tells a slow consumer that something went, and keeps the newest', async () => {
  assert.deepEqual(await published(5, { keep: 3 }), [{ type: 'gap' }, message(4), message(5), message('last')])
})

test('tells nothing where the latest replaces what was before', async () => {
  assert.deepEqual(await published(5, { keep: 1, overflow: 'latest' }), [message('last')])
})

test('a consumer as fast as the publisher misses nothing', async () => {
  assert.deepEqual(await published(3, { keep: 4 }), [message(1), message(2), message(3), message('last')])
})

test('leaving ends a pending next at once, by return, by signal and by the end of the bus', async () => {
  const controller = new AbortController()
  const bus = new MemoryBus({ log: silentLog })
  const returned = bus.subscribe('c')
  const aborted = bus.subscribe('c', { signal: controller.signal })
  const disposed = bus.subscribe('c')
  const pending = [returned, aborted, disposed].map((subscription) => subscription.next())
  await returned.return()
  controller.abort()
  await bus[Symbol.asyncDispose]()
  for (const next of pending) assert.deepEqual(await next, { done: true, value: undefined })
  for (const subscription of [returned, aborted, disposed]) assert.equal((await subscription.next()).done, true)
})

test('a signal that was aborted before gives an ended subscription', async () => {
  await using bus = new MemoryBus({ log: silentLog })
  assert.equal((await bus.subscribe('c', { signal: AbortSignal.abort() }).next()).done, true)
})

test('several pending nexts are answered in their order', async () => {
  await using bus = new MemoryBus({ log: silentLog })
  const subscription = bus.subscribe('c')
  const pending = [subscription.next(), subscription.next()]
  await bus.publish('c', 1)
  await bus.publish('c', 2)
  assert.deepEqual(
    (await Promise.all(pending)).map(({ value }) => value),
    [message(1), message(2)],
  )
})

test('whatever is published and read, a missing message is announced before any newer one', async () => {
  const acts = fc.array(fc.constantFrom('publish', 'publish', 'read'), { maxLength: 200 })
  await fc.assert(
    fc.asyncProperty(acts, fc.integer({ min: 1, max: 5 }), async (sequence, keep) => {
      await using bus = new MemoryBus({ log: silentLog })
      const subscription = bus.subscribe('c', { keep })
      let sent = 0
      let seen = 0
      let excused = false
      let unread = 0
      for (const act of sequence) {
        if (act === 'publish') {
          await bus.publish('c', ++sent)
          unread++
        } else if (unread > 0) {
          const { value } = await subscription.next()
          if (value?.type === 'gap') excused = true
          else {
            const payload = Number(value?.payload)
            assert.ok(payload === seen + 1 || (excused && payload > seen))
            seen = payload
            excused = false
            unread = sent - seen
          }
        }
      }
    }),
  )
})
