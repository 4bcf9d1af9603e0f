import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { codeOf } from '../../../kit/errors.ts'
import { Slots } from './slots.ts'

const tick = () => new Promise((resolve) => setImmediate(resolve))

describe('slots', () => {
  it('never run more than the limit, start everything that was let in, and refuse only what is too many', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.nat(4),
        fc.array(fc.record({ turns: fc.nat(3), fails: fc.boolean() }), { maxLength: 12 }),
        async (limit, waiting, works) => {
          const slots = new Slots('work', limit, waiting)
          let running = 0
          let most = 0
          const results = await Promise.allSettled(
            works.map(({ turns, fails }) =>
              slots.run(async () => {
                most = Math.max(most, ++running)
                for (let i = 0; i < turns; i++) await tick()
                running--
                if (fails) throw new RangeError('failed')
              }),
            ),
          )
          const refused = results.filter(({ status }, i) => status === 'rejected' && i >= limit + waiting)
          assert.ok(most <= limit)
          assert.equal(refused.length, Math.max(0, works.length - limit - waiting))
          for (const [i, result] of results.entries())
            if (i < limit + waiting) assert.equal(result.status, works[i]?.fails ? 'rejected' : 'fulfilled')
            else assert.equal(result.status === 'rejected' && codeOf(result.reason), 'TOO_MANY_REQUESTS')
          assert.equal(await slots.run(async () => 'free again'), 'free again')
        },
      ),
      { numRuns: 60 },
    )
  })

  it('serve those who wait in their order', async () => {
    const slots = new Slots('work', 1, 5)
    const order: number[] = []
    await Promise.all([0, 1, 2, 3].map((i) => slots.run(async () => order.push(i))))
    assert.deepEqual(order, [0, 1, 2, 3])
  })

  it('forget one who stops waiting', async () => {
    const slots = new Slots('work', 1, 1)
    const first = Promise.withResolvers<void>()
    const running = slots.run(() => first.promise)
    const leave = new AbortController()
    const waiting = slots.run(async () => assert.fail('ran'), leave.signal)
    leave.abort(new RangeError('left'))
    await assert.rejects(waiting, RangeError)
    const next = slots.run(async () => 'next')
    first.resolve()
    await running
    assert.equal(await next, 'next')
  })
})
