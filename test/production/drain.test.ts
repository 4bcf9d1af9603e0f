import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../testkit/eventually.ts'
import { graphql } from '../testkit/graphql.ts'
import { startStack } from '../testkit/stack.ts'

test('a process that was asked to stop says so, answers until it does, and sends its clients elsewhere', async () => {
  await using stack = await startStack({ kind: 'embedded', env: { DRAIN_MS: '3000' } })
  const probe = () => fetch(`${stack.url}/readyz`)
  assert.deepEqual([(await probe()).status, (await probe()).headers.get('connection')], [200, 'keep-alive'])
  const feed = async () => (await graphql(stack.url, '{ feed { nodes { id } } }')).data
  assert.deepEqual(await feed(), { feed: { nodes: [] } })

  const stopped = stack.stop()
  await eventually(async () => {
    const response = await probe()
    assert.deepEqual([response.status, response.headers.get('connection')], [503, 'close'])
    assert.deepEqual(await response.json(), { status: 'not ready', missing: ['stopping'] })
  })
  assert.equal((await fetch(`${stack.url}/healthz`)).status, 200)
  assert.deepEqual(await feed(), { feed: { nodes: [] } })
  assert.equal(await stopped, 0)
  await assert.rejects(probe())
})
