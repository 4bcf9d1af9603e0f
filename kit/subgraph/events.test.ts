import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { mapEvents } from './events.ts'

setFlagsFromString('--expose_gc')
const collect: () => void = runInNewContext('gc')

const never = () => new AbortController().signal

/** A source that is fed by hand. */
function startSource() {
  const values: unknown[] = []
  const source = {
    closed: 0,
    waiting: undefined as ((next: IteratorResult<unknown>) => void) | undefined,
    emit(value: unknown) {
      if (source.waiting) source.waiting({ done: false, value })
      else values.push(value)
      source.waiting = undefined
    },
    next: () =>
      values.length > 0
        ? Promise.resolve({ done: false, value: values.shift() })
        : new Promise<IteratorResult<unknown>>((resolve) => {
            source.waiting = resolve
          }),
    return: async () => {
      source.closed++
      return { done: true as const, value: undefined }
    },
    [Symbol.asyncIterator]: () => source,
  }
  return source
}

test('leaving a silent source ends it at once, and answers who was waiting', async () => {
  const source = startSource()
  const events = mapEvents(source, async () => ({ data: {} }), never())
  const pending = events.next()
  assert.equal((await events.return()).done, true)
  assert.equal((await pending).done, true)
  assert.equal(source.closed, 1)
  await events.return()
  assert.equal(source.closed, 1)
})

test('aborting does the same, also before the first event was asked for', async () => {
  const source = startSource()
  const abort = new AbortController()
  const events = mapEvents(source, async () => ({ data: {} }), abort.signal)
  abort.abort()
  assert.equal(source.closed, 1)
  assert.equal((await events.next()).done, true)
})

test('an event that can’t be mapped rejects once, and ends the source', async () => {
  const source = startSource()
  const events = mapEvents(
    source,
    async () => {
      throw new Error('no')
    },
    never(),
  )
  source.emit(1)
  await assert.rejects(events.next(), /no/)
  assert.equal(source.closed, 1)
  assert.equal((await events.next()).done, true)
})

test('a source that lives long leaves nothing behind for each event', async () => {
  const source = startSource()
  const events = mapEvents(source, async (value) => ({ data: { value } }), never())
  const heapAfter = async (count: number) => {
    for (let n = 0; n < count; n++) {
      source.emit(n)
      await events.next()
    }
    collect()
    return process.memoryUsage().heapUsed
  }
  // What is kept for each event grows in every round; code that V8 compiles meanwhile, in some.
  const growths: number[] = []
  let heap = await heapAfter(20_000)
  for (let round = 0; round < 5; round++) {
    const before = heap
    heap = await heapAfter(20_000)
    growths.push(heap - before)
  }
  assert.ok(Math.min(...growths) < 20_000 * 10, `${growths} bytes, each for 20,000 events`)
  await events.return()
})
