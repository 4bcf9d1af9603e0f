import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { graphql } from './testkit/graphql.ts'
import { type Stack, startStack } from './testkit/stack.ts'

const manifest = 'schema/trusted-documents.generated.json'
const documents = Object.entries(JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, string>)

describe('an app that answers known documents only', () => {
  let stack: Stack
  before(async () => {
    stack = await startStack({ env: { TRUSTED_DOCUMENTS: manifest, TRUSTED_DOCUMENTS_ONLY: 'true' } })
  })
  after(() => stack[Symbol.asyncDispose]())

  test('its own clients notice nothing: the old app and the playground’s examples', async () => {
    const account = await fetch(`${stack.url}/douyin/user/register/?username=eva&password=secret`, { method: 'POST' })
    const { status_code, token } = (await account.json()) as { status_code: number; token: string }
    assert.equal(status_code, 0)
    const feed = await fetch(`${stack.url}/douyin/feed/?token=${token}`)
    assert.equal(((await feed.json()) as { status_code: number }).status_code, 0)
    const [hash] = documents.find(([, text]) => text.includes('query Viewer')) ?? []
    assert.ok(hash)
    for (const body of [{ documentId: hash }, { extensions: { persistedQuery: { version: 1, sha256Hash: hash } } }]) {
      const response = await fetch(`${stack.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
      })
      const { data } = (await response.json()) as { data: { viewer: { id: string } } }
      assert.match(data.viewer.id, /^\d+$/)
    }
  })

  test('everything else is refused', async () => {
    assert.equal((await graphql(stack.url, '{ viewer { name } }')).code, 'FORBIDDEN')
  })
})
