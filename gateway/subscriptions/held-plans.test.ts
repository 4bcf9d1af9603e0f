import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { eventually } from '../../test/testkit/eventually.ts'
import { TrustedDocuments } from '../trusted-documents.ts'
import { SubscriptionPlanner } from './plan.ts'
import { deliveries, generation, startLive } from './testkit.ts'
import { RawClient } from './testkit-client.ts'

/** All of one weight. */
const document = (n: number) => `subscription { heard(room: "${n}") { text author { id name } } }`
const { weight = 0 } = new SubscriptionPlanner({ generation, deliveries }).plan(document(0)) ?? {}
const caps = { weightPerConnection: 2 * weight, weight: 3 * weight }

async function isRefused(client: RawClient, n: number): Promise<void> {
  client.subscribe('refused', document(n))
  const { id, type, payload } = await client.next()
  assert.deepEqual([id, type, payload[0].extensions.code], ['refused', 'error', 'LIMIT_EXCEEDED'])
}

suite('the weight of what runs', () => {
  test('is bounded on each connection: equal subscriptions count once, and those that have ended no more', async () => {
    await using live = await startLive({ caps })
    await using client = await RawClient.connect(live.ws)
    for (const [id, n] of Object.entries({ a: 1, b: 1, c: 2, d: 2 })) client.subscribe(id, document(n))
    await isRefused(client, 3)
    client.send({ id: 'c', type: 'complete' })
    await isRefused(client, 3)
    client.send({ id: 'd', type: 'complete' })
    client.subscribe('e', document(3))
    await isRefused(client, 2)
    assert.equal(live.live.figures.weight, 2 * weight)
    client.ws.terminate()
    await eventually(() => live.live.figures.weight === 0)
  })

  test('is bounded in the process, where each counts once for all connections', async () => {
    await using live = await startLive({ caps })
    await using one = await RawClient.connect(live.ws)
    await using two = await RawClient.connect(live.ws)
    await using three = await RawClient.connect(live.ws)
    for (const n of [1, 2]) one.subscribe(String(n), document(n))
    await eventually(() => live.live.figures.weight === 2 * weight)
    for (const n of [2, 3]) two.subscribe(String(n), document(n))
    await eventually(() => live.live.figures.weight === 3 * weight)
    await isRefused(three, 4)
    three.subscribe('1', document(1))
    three.send({ type: 'ping' })
    assert.equal((await three.next()).type, 'pong')
    one.ws.terminate()
    two.ws.terminate()
    await eventually(() => live.live.figures.weight === weight)
    three.subscribe('4', document(4))
    await eventually(() => live.live.figures.weight === 2 * weight)
  })

  test('ends with a subscription that its owner ends or refuses', async () => {
    await using live = await startLive({ caps })
    await using client = await RawClient.connect(live.ws)
    for (const name of ['one', 'two', 'three', 'four', 'five']) {
      client.subscribe('1', `subscription { ${name}: private }`)
      assert.equal((await client.next()).payload[0].extensions.code, 'UNAUTHENTICATED')
    }
    assert.equal(live.live.figures.weight, 0)
  })

  test('leaves out the known documents', async () => {
    const documents = new TrustedDocuments([1, 2, 3, 4, 5].map(document))
    await using live = await startLive({ caps, documents })
    await using client = await RawClient.connect(live.ws)
    for (const n of [1, 2, 3, 4, 5, 6, 7]) client.subscribe(String(n), document(n))
    await isRefused(client, 8)
    assert.equal(live.live.relay.size, 7)
    assert.equal(live.live.figures.weight, 2 * weight)
  })
})
