import assert from 'node:assert/strict'
import { test } from 'node:test'
import Fastify from 'fastify'
import { openApiDocument } from './openapi.ts'
import { openApiPage } from './openapi-page.ts'

const document = openApiDocument({ version: '9.9' })

test('the page may load from its own server only, over the protocol that it came by', async () => {
  await using app = Fastify()
  await app.register(openApiPage({ document }))
  for (const url of ['/douyin/docs/', '/douyin/docs/static/swagger-ui-bundle.js']) {
    const { statusCode, headers } = await app.inject(url)
    assert.equal(statusCode, 200)
    const policy = String(headers['content-security-policy'])
    assert.match(policy, /^default-src 'none'; script-src 'self';/)
    assert.doesNotMatch(policy, /https?:|upgrade-insecure-requests|\w\.\w/)
  }
})

test('the document that the page shows is served as it is', async () => {
  await using app = Fastify()
  await app.register(openApiPage({ document }))
  const { headers, json } = await app.inject('/douyin/docs/json')
  assert.match(String(headers['content-type']), /^application\/json/)
  assert.deepEqual(json(), JSON.parse(JSON.stringify(document)))
})
