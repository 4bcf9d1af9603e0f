import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { eventually } from '../../test/testkit/eventually.ts'
import { repeat } from './schedule.ts'

describe('background work', () => {
  test('is repeated, also after it failed, and never runs beside itself', async () => {
    let runs = 0
    let running = 0
    const seen: unknown[] = []
    const run = repeat({
      everyMs: 1,
      onError: (error) => seen.push(error),
      async work() {
        assert.equal(running++, 0)
        await new Promise((resolve) => setImmediate(resolve))
        running--
        if (++runs % 2 === 0) throw new RangeError('failed')
      },
    })
    await eventually(() => runs >= 6)
    await run.stop()
    assert.ok(seen.length >= 3 && seen.every((error) => error instanceof RangeError))
  })

  test('is told to end, and its end is waited for', async () => {
    let ended = false
    let started = false
    const run = repeat({
      everyMs: 1,
      onError: assert.ifError,
      work: (signal) => {
        started = true
        return new Promise((resolve) =>
          signal.addEventListener('abort', () =>
            setImmediate(() => {
              ended = true
              resolve()
            }),
          ),
        )
      },
    })
    await eventually(() => started)
    await run.stop()
    assert.ok(ended)
  })
})
