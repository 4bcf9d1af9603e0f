import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startLive } from './subscriptions/testkit.ts'
import { RawClient } from './subscriptions/testkit-client.ts'

const others = `
  query Other($x: Boolean!, $style: String!) { viewer { ...Mood name @include(if: $x) } }
  subscription OtherEvents($x: Boolean!, $style: String!) { ...Counted }
  fragment Mood on User { mood(style: $style) @skip(if: $x) }
  fragment Counted on Subscription { counted(id: "1") { by { ...Mood name @include(if: $x) } } }`

const cases: [operation: string, data: object, variables?: object][] = [
  ['query Mine { viewer { name } }', { viewer: { name: 'user 4' } }],
  ['query Mine($y: Boolean!) { viewer { id name @include(if: $y) } }', { viewer: { id: '4' } }, { y: false }],
  [
    'subscription Mine { said(room: "hall") { text author { name } } }',
    { said: { text: 'hello', author: { name: 'user 4' } } },
  ],
]

test('of a document, only the operation that was asked for and its own fragments count', async () => {
  await using live = await startLive()
  for (const [operation, data, variables] of cases)
    for (const query of [`${operation} ${others}`, `${others} ${operation}`]) {
      await using client = await RawClient.connect(live.ws, await live.token(4))
      const opened = live.world.opened.length
      client.send({ id: '1', type: 'subscribe', payload: { query, operationName: 'Mine', variables } })
      if (operation.startsWith('subscription')) {
        while (live.world.opened.length === opened && client.frames.length === 1) await new Promise(setImmediate)
        live.world.say('hello', '4')
      }
      assert.deepEqual((await client.next()).payload, { data }, query)
    }
})
