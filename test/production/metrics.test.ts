import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LegacyClient } from '../contract/legacy-client.ts'
import { eventually } from '../testkit/eventually.ts'
import { graphql } from '../testkit/graphql.ts'
import { type LogLine, type Stack, skipStack, startStack } from '../testkit/stack.ts'

/** The sums of a metric over all processes, by its labels. */
async function read(stack: Stack, metric: string): Promise<Map<string, number>> {
  const doors = [...(stack.cluster?.places.values() ?? [])].flat().filter(({ running }) => running)
  const sums = new Map<string, number>()
  for (const url of stack.cluster ? doors.map((one) => one.url) : [stack.url]) {
    const text = await (await fetch(`${url}/metrics`)).text()
    for (const [, labels = '', value] of text.matchAll(new RegExp(`^${metric}(?:\\{(.*)\\})? (\\S+)$`, 'gm')))
      sums.set(labels, (sums.get(labels) ?? 0) + Number(value))
  }
  return sums
}

for (const kind of ['embedded', 'cluster'] as const)
  test(`what an operator watches is counted, ${kind}`, { skip: skipStack(kind) }, async () => {
    await using stack = await startStack({ kind })
    const app = new LegacyClient(stack.url)
    const ann = await app.register('ann')
    await app.video(ann, 'measured')
    const { data } = await graphql(stack.url, 'mutation { createUpload { url } }', { token: ann.token })
    const refused = await fetch(data['createUpload'].url, { method: 'PUT', body: '' })
    assert.equal(refused.status, 400)
    for (let n = 0; n < 3; n++) await graphql(stack.url, '{ feed { nodes { id author { name } } } }')
    await app.post('/douyin/user/login/', { username: 'ann', password: 'guessed' })
    for (let n = 0; n < 2; n++) await graphql(stack.url, 'mutation { logout { user { id } } }')
    await graphql(stack.url, '{ nothing }')
    await fetch(`${stack.url}/media/none/${Math.random()}`)
    await fetch(`${stack.url}/nowhere/${Math.random()}`)

    const requests = await read(stack, 'http_request_duration_seconds_count')
    const count = (method: string, route: string, status: number) =>
      requests.get(`method="${method}",route="${route}",status="${status}"`) ?? 0
    assert.ok(count('POST', '/graphql', 200) >= 4)
    assert.equal(count('POST', '/douyin/publish/action', 200), 1)
    assert.equal(count('GET', '/media/*', 404), 1)
    assert.ok(
      [...requests.keys()].every((labels) => !/nowhere|none\//.test(labels)),
      'addresses are no labels',
    )

    const faults = await read(stack, 'http_faults_total')
    assert.equal(faults.get('route="/douyin/user/login",code="WRONG_CREDENTIALS"'), 1)
    assert.equal(faults.get('route="/graphql",code="UNAUTHENTICATED"'), 2)
    assert.equal(faults.get('route="/graphql",code="GRAPHQL_VALIDATION_FAILED"'), 1)
    const isTold = ({ msg = '', fault, status }: LogLine) =>
      fault === 'WRONG_CREDENTIALS' && status === 200 && /user.login/.test(msg)
    await eventually(() => stack.log.some(isTold))

    const calls = await read(stack, 'subgraph_call_duration_seconds_count')
    for (const subgraph of ['feed', 'publish', 'user'])
      assert.ok((calls.get(`subgraph="${subgraph}",outcome="ok"`) ?? 0) > 0, subgraph)
    assert.equal(calls.get('subgraph="user",outcome="WRONG_CREDENTIALS"'), 1)
    assert.ok(((await read(stack, 'sql_statement_duration_seconds_count')).get('kind="select"') ?? 0) > 0)
    assert.ok(((await read(stack, 'cache_hits_total')).get('') ?? 0) > 0)

    const uploads = await read(stack, 'upload_duration_seconds_count')
    assert.deepEqual([...uploads].sort(), [
      ['outcome="BAD_USER_INPUT"', 1],
      ['outcome="ok"', 1],
    ])
    assert.ok(((await read(stack, 'upload_bytes_total')).get('') ?? 0) > 100_000)
    for (const name of ['nodejs_eventloop_lag_p99_seconds', 'process_resident_memory_bytes', 'live_connections'])
      assert.ok((await read(stack, name)).size > 0, name)
  })
