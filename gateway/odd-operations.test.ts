import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startLive } from './subscriptions/testkit.ts'
import { RawClient } from './subscriptions/testkit-client.ts'

test('names that every object seems to have are names like others', async () => {
  await using live = await startLive()
  await using client = await RawClient.connect(live.ws, await live.token(4))
  client.subscribe('1', '{ viewer { __proto__: name constructor: id toString: posts } __proto__: rooms }')
  const { payload } = await client.next()
  const viewer = '{"__proto__":"user 4","constructor":"4","toString":0}'
  assert.equal(JSON.stringify(payload), `{"data":{"viewer":${viewer},"__proto__":["hall"]}}`)
})

test('an argument that must not be null and is null by a variable is the fault of who sent it', async () => {
  await using live = await startLive()
  await using client = await RawClient.connect(live.ws, await live.token(4))
  const ask = async (variables: Record<string, unknown>) => {
    client.subscribe('1', 'query($style: String) { viewer { name mood(style: $style) } }', variables)
    const { payload } = await client.next()
    assert.equal((await client.next()).type, 'complete')
    return payload
  }
  assert.deepEqual(await ask({}), { data: { viewer: { name: 'user 4', mood: 'plain mood of 4' } } })
  const { data, errors } = await ask({ style: null })
  assert.deepEqual(data, { viewer: { name: 'user 4', mood: null } })
  assert.equal(errors.length, 1)
  assert.match(errors[0].message, /^Argument "style"/)
  assert.deepEqual(errors[0].path, ['viewer', 'mood'])
  assert.deepEqual(errors[0].extensions, { code: 'BAD_USER_INPUT', retryable: false })
})
