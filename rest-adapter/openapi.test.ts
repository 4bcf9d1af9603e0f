import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogue } from '../kit/errors.ts'
import { openApiDocument } from './openapi.ts'
import { routes } from './routes.ts'

// biome-ignore lint/suspicious/noExplicitAny: a document of JSON, read where it has to be
type Json = any

const document: Json = JSON.parse(JSON.stringify(openApiDocument({ version: '9.9' })))

function* referencesIn(value: Json): Generator<string> {
  if (typeof value !== 'object' || value === null) return
  if (typeof value.$ref === 'string') yield value.$ref
  for (const each of Object.values(value)) yield* referencesIn(each)
}

test('it is OpenAPI 3.1 and has every endpoint under its method, with a summary and an id of its own', () => {
  assert.equal(document.openapi, '3.1.0')
  assert.equal(document.info.version, '9.9')
  assert.deepEqual(
    Object.entries<Json>(document.paths).map(([path, item]) => [Object.keys(item), path]),
    routes.map(({ method, path }) => [[method.toLowerCase()], path]),
  )
  const operations = Object.values<Json>(document.paths).flatMap((item) => Object.values<Json>(item))
  assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, 16)
  for (const { summary } of operations) assert.ok(summary.length > 0)
})

test('every reference leads to a schema', () => {
  const references = new Set(referencesIn(document))
  assert.ok(references.size >= 4)
  for (const reference of references)
    assert.ok(document.components.schemas[reference.replace('#/components/schemas/', '')], reference)
})

test('a user is described with its 11 keys, a friend with two more', () => {
  const { User, FriendUser } = document.components.schemas
  assert.equal(User.required.length, 11)
  assert.deepEqual(FriendUser.required.toSorted(), [...User.required, 'message', 'msgType'].toSorted())
})

test('parameters say where they stand and whether they have to', () => {
  const { parameters, security } = document.paths['/douyin/comment/action/'].post
  assert.deepEqual(
    parameters.map(({ name, required, schema }: Json) => [name, required, schema.type]),
    [
      ['video_id', true, 'integer'],
      ['action_type', true, 'integer'],
      ['comment_text', false, 'string'],
      ['comment_id', false, 'integer'],
      ['token', false, 'string'],
    ],
  )
  assert.deepEqual(security, [{ token: [] }, { bearer: [] }])
})

test('the token is told where the old app sends it, as needed or optional; no alternative looks like being signed in', () => {
  for (const { method, path, token, file } of routes) {
    const { parameters, requestBody, security } = document.paths[path][method.toLowerCase()]
    const described: string | undefined = file
      ? requestBody.content['multipart/form-data'].schema.properties.token.description
      : parameters.find(({ name }: Json) => name === 'token')?.description
    const begins = { required: '必填', optional: '可选', none: undefined }[token]
    assert.equal(described?.slice(0, 2), begins, path)
    assert.deepEqual(security, token === 'none' ? [] : [{ token: [] }, { bearer: [] }], path)
  }
})

test('every status code is listed with its meaning', () => {
  const lines = document.info.description.split('\n')
  assert.ok(lines.includes('| 0 | 成功 |'))
  for (const { legacy, zh } of Object.values(catalogue)) assert.ok(lines.includes(`| ${legacy} | ${zh} |`), zh)
})

test('publishing is described as a form with a file', () => {
  const { requestBody, parameters } = document.paths['/douyin/publish/action/'].post
  const { schema } = requestBody.content['multipart/form-data']
  assert.deepEqual(
    [Object.keys(schema.properties), schema.required],
    [
      ['data', 'title', 'token'],
      ['data', 'title'],
    ],
  )
  assert.equal(parameters, undefined)
  for (const name of ['title', 'token']) assert.equal(schema.properties[name].example, '', name)
})
