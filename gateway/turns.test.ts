import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { eventually } from '../test/testkit/eventually.ts'
import { startLive } from './subscriptions/testkit.ts'
import { RawClient } from './subscriptions/testkit-client.ts'

const heard = (alias: string) => `subscription { ${alias}: heard(room: "hall") { text } }`

/** Counts the turns of the event loop. */
function turns() {
  let count = 0
  let goes = true
  const run = () => {
    count++
    if (goes) setImmediate(run)
  }
  setImmediate(run)
  return {
    now: () => count,
    [Symbol.dispose]() {
      goes = false
    },
  }
}

suite('new operations', () => {
  test('each is planned in a turn of the event loop of its own', async (context) => {
    await using live = await startLive()
    await using client = await RawClient.connect(live.ws)
    using loop = turns()
    const planned: number[] = []
    const build = live.planner.buildQueryPlan.bind(live.planner)
    context.mock.method(live.planner, 'buildQueryPlan', (...given: Parameters<typeof build>) => {
      planned.push(loop.now())
      return build(...given)
    })
    for (let n = 0; n < 20; n++) client.subscribe(String(n), heard(`each${n}`))
    while (planned.length < 20) await nextTurn()
    assert.equal(new Set(planned).size, 20)
  })

  test('a connection with many of them does not keep another one waiting', async (context) => {
    await using live = await startLive()
    await using greedy = await RawClient.connect(live.ws)
    await using modest = await RawClient.connect(live.ws)
    const planned: string[] = []
    const build = live.planner.buildQueryPlan.bind(live.planner)
    context.mock.method(live.planner, 'buildQueryPlan', (...given: Parameters<typeof build>) => {
      planned.push(String(given[0]))
      if (planned.length === 1) modest.subscribe('1', heard('modest'))
      return build(...given)
    })
    for (let n = 0; n < 30; n++) greedy.subscribe(String(n), heard(`greedy${n}`))
    while (planned.length < 31) await nextTurn()
    const place = planned.findIndex((operation) => operation.includes('modest'))
    assert.ok(place < 10, `planned as number ${place}`)
  })

  test('of one connection, only so many wait, and equal ones wait as one', async () => {
    await using live = await startLive({ caps: { operations: 200 } })
    await using client = await RawClient.connect(live.ws)
    for (let n = 0; n < 50; n++) client.subscribe(`equal ${n}`, heard('equal'))
    for (let n = 0; n < 50; n++) client.subscribe(`other ${n}`, heard(`other${n}`))
    const refused = () => client.frames.filter(({ type }) => type === 'error')
    await eventually(() => live.live.relay.size + refused().length === 1 + 50)
    assert.ok(refused().length > 0 && refused().length <= 50 - 29, `${refused().length} were refused`)
    for (const { id, payload } of refused()) {
      assert.match(id ?? '', /other/)
      assert.deepEqual([payload[0].extensions.code, payload[0].extensions.retryable], ['TOO_MANY_REQUESTS', true])
    }
  })
})
