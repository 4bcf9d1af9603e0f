import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createConnection } from 'mysql2/promise'
import { type Account, LegacyClient } from '../contract/legacy-client.ts'
import { eventually } from '../testkit/eventually.ts'
import { graphql } from '../testkit/graphql.ts'
import { type MariaDb, skipMariaDb, startMariaDb } from '../testkit/mariadb.ts'
import { type Stack, startStack } from '../testkit/stack.ts'

describe('an app whose database is in trouble', { skip: skipMariaDb() }, () => {
  let server: MariaDb
  let stack: Stack
  let ann: Account
  let ben: Account

  const asRoot = async (...statements: string[]) => {
    const root = await createConnection(server.url)
    for (const statement of statements) await root.query(statement)
    await root.end()
  }
  const follow = async (verb: string) => {
    const { data, code } = await graphql(
      stack.url,
      `mutation ($id: ID!) { ${verb}(input: { userId: $id }) { user { followerCount } } }`,
      { token: ann.token, variables: { id: String(ben.id) } },
    )
    return code ?? data[verb].user.followerCount
  }
  const readiness = async () => {
    const response = await fetch(`${stack.url}/readyz`)
    return [response.status, await response.json()]
  }

  before(async () => {
    server = await startMariaDb()
    // An administrator would write even where the server was told only to read.
    await asRoot(
      'create database app character set utf8mb4 collate utf8mb4_bin',
      "create user app@'%' identified by 'secret'",
      "grant all on app.* to app@'%'",
    )
    const { port } = new URL(server.url)
    stack = await startStack({ database: `mysql://app:secret@127.0.0.1:${port}/app` })
    const app = new LegacyClient(stack.url)
    ann = await app.register('ann')
    ben = await app.register('ben')
  })
  after(async () => {
    await stack?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  })

  for (const [name, end] of [
    ['killed', () => server.kill9()],
    ['stopped', () => server.stop()],
  ] as const)
    test(`while it is ${name}, the app lives, is not ready, and refuses what it can't do; then it goes on`, async () => {
      assert.equal(await follow('followUser'), 1)
      await end()
      assert.deepEqual(await readiness(), [503, { status: 'not ready', missing: ['database'] }])
      assert.equal((await fetch(`${stack.url}/healthz`)).status, 200)
      assert.equal(await follow('unfollowUser'), 'UNAVAILABLE')
      await server.start()
      await eventually(async () => (await follow('unfollowUser')) === 0)
      assert.deepEqual(await readiness(), [200, { status: 'ready' }])
    })

  test('asked to stop while it is gone, the app ends in order, and soon', async () => {
    await server.kill9()
    const asked = performance.now()
    assert.equal(await stack.stop(), 0)
    assert.ok(performance.now() - asked < 15_000)
    await server.start()
    await stack.start()
  })

  test('while it only reads, pages are served and writes are refused; then it goes on', async () => {
    await asRoot('set global read_only = 1')
    assert.equal(await follow('followUser'), 'UNAVAILABLE')
    const { data, errors } = await graphql(stack.url, `{ user(id: "${ben.id}") { name followerCount } }`)
    assert.deepEqual([data, errors], [{ user: { name: 'ben', followerCount: 0 } }, undefined])
    await asRoot('set global read_only = 0')
    await eventually(async () => (await follow('followUser')) === 1)
  })
})
