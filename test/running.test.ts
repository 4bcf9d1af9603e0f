import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { graphql } from './testkit/graphql.ts'
import { type Stack, startStack } from './testkit/stack.ts'

const register = (name: string) =>
  `mutation { register(input: { name: "${name}", password: "p-${name}" }) { token user { id name } } }`

describe('a running app', () => {
  test('a second start keeps users and their tokens, also after kill -9', async () => {
    await using stack = await startStack()
    const { data } = await graphql(stack.url, register('ann'))
    for (const end of [() => stack.stop(), () => stack.kill9()]) {
      await end()
      await stack.start()
      const again = await graphql(stack.url, '{ viewer { id name } }', { token: data['register'].token })
      assert.deepEqual(again.data, { viewer: data['register'].user })
    }
  })

  test('it stops in order when asked, with nothing but its own words in the log', async () => {
    await using stack = await startStack()
    await graphql(stack.url, '{ feed { nodes { id } } }')
    assert.equal(await stack.stop(), 0)
    assert.equal(stack.log.at(-1)?.msg, 'stopped')
    assert.deepEqual(
      // On a busy machine Redis and the database may be slow at first.
      stack.log.filter(({ level, msg }) => Number(level) > 30 && !/^redis:|the database/.test(msg ?? '')),
      [],
    )
  })

  test('at rest it has less than 200 MB, with everything in one process', async () => {
    await using stack = await startStack({ kind: 'embedded' })
    const metrics = await (await fetch(`${stack.url}/metrics`)).text()
    const bytes = Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1])
    assert.ok(bytes < 200e6, `${Math.round(bytes / 1e6)} MB`)
  })

  test('no password, token or upload ticket reaches the log', async () => {
    await using stack = await startStack()
    const { data } = await graphql(stack.url, register('eve'))
    const { token } = data['register']
    const { data: upload } = await graphql(stack.url, 'mutation { createUpload { url } }', { token })
    await fetch(upload['createUpload'].url, { method: 'PUT', body: 'not a video' })
    await fetch(`${stack.url}/douyin/user/?token=${token}`)
    await fetch(`${stack.url}/douyin/user/login/?username=eve&password=p-eve`, { method: 'POST' })
    await stack.stop()
    const text = JSON.stringify(stack.log)
    for (const secret of [token, 'p-eve', upload['createUpload'].url.split('/').at(-1)])
      assert.ok(!text.includes(secret))
    assert.match(text, /requestId/)
  })
})

describe('the graph of a running app', () => {
  let stack: Stack
  before(async () => {
    stack = await startStack()
  })
  after(() => stack[Symbol.asyncDispose]())

  test('faults of a request are coded errors of GraphQL, never a 500', async () => {
    const code = async (query: string, token?: string) => (await graphql(stack.url, query, token ? { token } : {})).code
    assert.equal(await code('{ nothing }'), 'GRAPHQL_VALIDATION_FAILED')
    assert.equal(await code('{ '), 'GRAPHQL_PARSE_FAILED')
    assert.equal(await code('{ viewer { id } }', 'rubbish'), 'UNAUTHENTICATED')
    assert.equal(await code('mutation { logout { user { id } } }'), 'UNAUTHENTICATED')
    assert.equal(await code('{ user(id: "x") { id } }'), 'BAD_USER_INPUT')
    assert.equal(await code('{ feed(first: 31) { nodes { id } } }'), 'BAD_USER_INPUT')
    assert.equal(await code(`{ ${'feed { nodes { id } } '.repeat(30)} }`), 'LIMIT_EXCEEDED')
    for (const [body, type] of [
      ['{', 'application/json'],
      ['[]', 'application/json'],
      ['x', 'text/plain'],
      ['x'.repeat(200_000), 'application/json'],
    ] as const) {
      const response = await fetch(`${stack.url}/graphql`, { method: 'POST', body, headers: { 'content-type': type } })
      assert.ok(response.status >= 400 && response.status < 500, `${response.status}`)
    }
    // A form that a foreign page could send without asking.
    const forged = await fetch(`${stack.url}/graphql?query={viewer{id}}`)
    assert.equal(forged.status, 400)
  })

  test('a variable that is left out has the default that its operation gives it', async () => {
    const query =
      'query ($first: Int! = 3, $id: ID! = "7") { feed(first: $first) { nodes { id } } video(id: $id) { id } }'
    assert.deepEqual((await graphql(stack.url, query)).data, { feed: { nodes: [] }, video: null })
  })

  test('a page on another origin may use the graph', async () => {
    const asked = await fetch(`${stack.url}/graphql`, { method: 'OPTIONS' })
    assert.equal(asked.status, 204)
    assert.match(asked.headers.get('access-control-allow-headers') ?? '', /authorization/)
    const answered = await fetch(`${stack.url}/graphql`, { method: 'POST' })
    assert.equal(answered.headers.get('access-control-allow-origin'), '*')
  })

  test('a missing video, an unknown user and a hidden type are what the schema says', async () => {
    assert.deepEqual((await graphql(stack.url, '{ video(id: "1") { id } user(id: "1") { id } viewer { id } }')).data, {
      video: null,
      user: null,
      viewer: null,
    })
    assert.deepEqual((await graphql(stack.url, '{ __type(name: "Session") { name } }')).data, { __type: null })
    assert.equal(
      (await graphql(stack.url, 'mutation { forgetFavoritesOfVideo(videoId: 1) }')).code,
      'GRAPHQL_VALIDATION_FAILED',
    )
  })
})
