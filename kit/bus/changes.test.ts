import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { eventually } from '../../test/testkit/eventually.ts'
import { silentLog } from '../../test/testkit/redises.ts'
import { Changes, type ChangesOptions, type Follower } from './changes.ts'
import { Hints } from './hints.ts'
import { MemoryBus } from './memory.ts'

function start(options: Partial<ChangesOptions> = {}) {
  const bus = new MemoryBus({ log: silentLog })
  return { bus, changes: new Changes({ bus, ...options }) }
}

const over = new Error('over')

/** Reads events until it ends; `look` is what a consumer does at each. */
async function read(follower: Follower, look: () => unknown): Promise<void> {
  for await (const _ of follower) await look()
}

test('the first event comes at once, then one for each hint that is not in a hurry', async () => {
  const { bus, changes } = start({ everyMs: 1 })
  let events = 0
  const reading = read(changes.follow('a'), () => events++)
  for (let n = 1; n <= 3; n++) {
    await eventually(() => events === n)
    await new Promise((resolve) => setTimeout(resolve, 5)) // the pace allows the next one
    await bus.publish('a', null)
  }
  await eventually(() => events === 4)
  changes.close(over)
  await assert.rejects(reading, over)
})

test('however many hints come while a pace or a busy consumer holds events up, the last state is seen', async () => {
  const step = fc.record({ hints: fc.integer({ min: 1, max: 50 }), pauseMs: fc.integer({ min: 0, max: 3 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), fc.nat({ max: 4 }), async (steps, busyMs) => {
      const { bus, changes } = start({ everyMs: 2 })
      let state = 0
      let seen = -1
      let events = 0
      const reading = read(changes.follow('a'), async () => {
        events++
        seen = state
        await new Promise((resolve) => setTimeout(resolve, busyMs))
      })
      for (const { hints, pauseMs } of steps) {
        for (let n = 0; n < hints; n++) {
          state++
          void bus.publish('a', null)
        }
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
      await eventually(() => seen === state)
      assert.ok(events <= 2 + 2 * steps.length, `${events} events`)
      changes.close(over)
      await assert.rejects(reading, over)
    }),
    { numRuns: 30 },
  )
})

test('a quiet channel is looked at now and then, as hints can be lost', async () => {
  const { changes } = start({ everyMs: 1, refreshMs: 5, random: () => 0.5 })
  let events = 0
  const reading = read(changes.follow('a'), () => events++)
  await eventually(() => events >= 4)
  changes.close(over)
  await assert.rejects(reading, over)
})

test('the last hint ends all followers of its channel, and no other', async () => {
  const { bus, changes } = start({ isEnd: (payload) => payload === 'gone' })
  const followers = [changes.follow('a'), changes.follow('a'), changes.follow('b')] as const
  for (const follower of followers) await follower.next()
  const pending = followers.map((follower) => follower.next())
  await bus.publish('a', 'gone')
  assert.deepEqual(
    (await Promise.all(pending.slice(0, 2))).map(({ done }) => done),
    [true, true],
  )
  await bus.publish('b', null)
  assert.equal((await pending[2])?.done, false)
  changes.close(over)
})

test('a follower that leaves while it waits is over at once, and nobody listens any more', async () => {
  const listening = new Set<string>()
  const bus = {
    on(channel: string) {
      listening.add(channel)
      return () => void listening.delete(channel)
    },
  }
  const changes = new Changes({ bus })
  const [one, two] = [changes.follow('a'), changes.follow('a')]
  await one.next()
  const pending = one.next()
  await one.return()
  assert.equal((await pending).done, true)
  assert.equal((await one.next()).done, true)
  assert.deepEqual([...listening], ['a'])
  await two.return()
  assert.deepEqual([...listening], [])
})

test('hints of one tick go out once for each channel, and a bus that fails fails nothing', async () => {
  const sent: unknown[] = []
  const bus = {
    async publish(channel: string, payload: unknown) {
      sent.push([channel, payload])
      throw new Error('the bus is down')
    },
  }
  const hints = new Hints(bus, { debug: () => {} })
  for (const channel of ['a', 'b', 'a']) hints.send(channel)
  hints.send('b', 'gone')
  await eventually(() =>
    assert.deepEqual(sent, [
      ['a', null],
      ['b', 'gone'],
    ]),
  )
  hints.send('a')
  await eventually(() => sent.length === 3)
})
