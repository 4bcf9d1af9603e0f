import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, mock, test } from 'node:test'
import { type FastifyInstance, fastify } from 'fastify'
import type { ExecutionResult } from 'graphql'
import { pino } from 'pino'
import type { SubgraphCall } from '../kit/subgraph/data-source.ts'
import { Tokens } from '../kit/tokens.ts'
import { Gateway } from './gateway.ts'
import { graphqlRoute } from './graphql-route.ts'
import { startLive } from './subscriptions/testkit.ts'
import { RawClient } from './subscriptions/testkit-client.ts'
import { hashOf, TrustedDocuments } from './trusted-documents.ts'

const page = 'query Page($first: Int!) { feed(first: $first) { resumeBefore } }'
const like = 'mutation Like { favoriteVideo(input: { videoId: "7" }) { video { id } } }'
const several = 'query One { __typename } query Two { feed { resumeBefore } }'
const large = `{ ${Array.from({ length: 30 }, (_, n) => `f${n}: feed { resumeBefore }`).join(' ')} }`
const unknown = '{ feed(first: 2) { resumeBefore } }'
const persisted = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } })
const resumeBefore = '2026-01-31T08:00:00.000Z'

async function answer({ operation }: SubgraphCall): Promise<ExecutionResult> {
  if (operation.includes('favoriteVideo')) return { data: { favoriteVideo: { video: { id: '7' } } } }
  return { data: Object.fromEntries(['feed', ...large.matchAll(/f\d+/g)].map((name) => [`${name}`, { resumeBefore }])) }
}

async function open(documents: TrustedDocuments) {
  const source = (name: string) => ({ name, execute: answer, subscribe: () => Promise.reject(new Error('not used')) })
  const sources = new Map(['feed', 'publish', 'favorite', 'user'].map((name) => [name, source(name)]))
  const tokens = await Tokens.create(new Map([['key', 'k'.repeat(32)]]))
  const log = pino({ level: 'silent' })
  const options = { tokens, sources: () => sources, log, introspection: false, production: true, documents }
  const gateway = await Gateway.start(options)
  const app = fastify()
  await app.register(graphqlRoute({ gateway, originOf: () => 'http://here' }))
  await app.listen({ host: '127.0.0.1', port: 0 })
  return { gateway, app }
}

/** What came of it: the first code of an error, or the data. */
const outcome = ({ statusCode, body }: { statusCode: number; body: string }) => {
  const { data, errors } = JSON.parse(body)
  return [statusCode, errors?.[0].extensions.code ?? data]
}
const post = async (app: FastifyInstance, payload: object) =>
  outcome(await app.inject({ method: 'POST', url: '/graphql', payload }))
const get = async (app: FastifyInstance, parameters: Record<string, string>) => {
  const headers = { 'apollo-require-preflight': 'true' }
  return outcome(await app.inject({ method: 'GET', url: '/graphql', query: parameters, headers }))
}

const feed = { feed: { resumeBefore } }

describe('known documents', () => {
  let app: FastifyInstance
  let gateway: Gateway
  before(async () => {
    ;({ app, gateway } = await open(new TrustedDocuments([page, like, several, large])))
  })
  after(async () => {
    await app.close()
    await gateway.stop()
  })
  const variables = { first: 3 }

  test('are answered by their hash, however it is sent, and were planned before anybody asked', async () => {
    const planning = mock.method(gateway.federation.generation.planner, 'buildQueryPlan')
    const hash = hashOf(page)
    const json = { variables: JSON.stringify(variables) }
    for (let n = 0; n < 2; n++) {
      assert.deepEqual(await post(app, { documentId: hash, variables }), [200, feed])
      assert.deepEqual(await post(app, { documentId: `sha256:${hash}`, operationName: 'Page', variables }), [200, feed])
      assert.deepEqual(await post(app, { extensions: persisted(hash), variables }), [200, feed])
      assert.deepEqual(await post(app, { query: page, extensions: persisted(hash), variables }), [200, feed])
      assert.deepEqual(await post(app, { query: page, variables }), [200, feed])
      assert.deepEqual(await get(app, { documentId: hash, ...json }), [200, feed])
      assert.deepEqual(await get(app, { extensions: JSON.stringify(persisted(hash)), ...json }), [200, feed])
      assert.deepEqual(await post(app, { documentId: hashOf(several), operationName: 'Two' }), [200, feed])
      assert.deepEqual(await post(app, { documentId: hashOf(like) }), [200, { favoriteVideo: { video: { id: '7' } } }])
    }
    assert.equal(planning.mock.callCount(), 0)
    await post(app, { query: '{ feed(first: 29) { resumeBefore } }' })
    assert.equal(planning.mock.callCount(), 1)
  })

  test('have no limits, unlike others', async () => {
    const [status, data] = await post(app, { documentId: hashOf(large) })
    assert.equal(status, 200)
    assert.equal(Object.keys(data).length, 30)
    assert.deepEqual(await post(app, { query: `${large} ` }), [400, 'LIMIT_EXCEEDED'])
  })

  test('what is not known by its hash is told as such', async () => {
    const hash = hashOf(unknown)
    assert.deepEqual(await post(app, { documentId: hash }), [404, 'NOT_FOUND'])
    assert.deepEqual(await get(app, { documentId: hash }), [404, 'NOT_FOUND'])
    assert.deepEqual(await post(app, { extensions: persisted(hash) }), [200, 'PERSISTED_QUERY_NOT_FOUND'])
    assert.deepEqual(await post(app, { query: unknown, extensions: persisted(hash) }), [200, feed])
    assert.deepEqual(await post(app, { extensions: persisted(hash) }), [200, feed]) // as the client has registered it
    assert.deepEqual(await post(app, { query: unknown, documentId: hashOf(page) }), [400, 'BAD_USER_INPUT'])
    assert.deepEqual(await post(app, { documentId: 7 }), [400, 'BAD_REQUEST'])
    const never = persisted(hashOf('{ never }'))
    assert.deepEqual(await post(app, { query: '', extensions: never }), [200, 'PERSISTED_QUERY_NOT_FOUND'])
    for (const extensions of [never, { persistedQuery: { version: 1 } }, { persistedQuery: { sha256Hash: hash } }]) {
      assert.deepEqual(await post(app, { query: unknown, extensions }), [400, 'BAD_USER_INPUT'])
      assert.deepEqual(await get(app, { query: unknown, extensions: JSON.stringify(extensions) }), [
        400,
        'BAD_USER_INPUT',
      ])
    }
  })

  test('a read of a GET is only run as it was looked at', async () => {
    const { port } = app.server.address() as AddressInfo // listening on a port
    for (const mark of ['#a?', '?a#?', '??'])
      await new Promise<void>((resolve, reject) => {
        const path = `/graphql${mark}query=${encodeURIComponent(large.replaceAll('f', 'g'))}`
        const sent = httpRequest({ port, path, headers: { 'apollo-require-preflight': 'true' } }, (response) => {
          assert.equal(response.statusCode, 400)
          response.resume().on('end', resolve)
        })
        sent.on('error', reject).end()
      })
  })
})

test('where only known documents are answered, nothing else is, whatever transport or form it comes in', async () => {
  const { app, gateway } = await open(new TrustedDocuments([page, like], { only: true }))
  const hash = hashOf(unknown)
  const refused = [403, 'FORBIDDEN']
  for (let n = 0; n < 2; n++) {
    assert.deepEqual(await post(app, { query: unknown }), refused)
    assert.deepEqual(await post(app, { query: '{ ' }), refused)
    assert.deepEqual(await post(app, { query: `${page} `, variables: { first: 3 } }), refused)
    assert.deepEqual(await post(app, { documentId: hash }), refused)
    assert.deepEqual(await post(app, { extensions: persisted(hash) }), refused)
    assert.deepEqual(await post(app, { query: unknown, extensions: persisted(hash) }), refused)
    assert.deepEqual(await get(app, { query: unknown }), refused)
    assert.deepEqual(await get(app, { query: unknown, extensions: JSON.stringify(persisted(hash)) }), refused)
    assert.deepEqual(await get(app, { extensions: JSON.stringify(persisted(hash)) }), refused)
    assert.deepEqual(await post(app, { documentId: hashOf(page), variables: { first: 3 } }), [200, feed])
    assert.deepEqual(await post(app, { query: page, variables: { first: 3 } }), [200, feed])
  }
  await app.close()
  await gateway.stop()
})

test('documents that do not fit the schema are told all together, and nothing starts', async () => {
  await assert.rejects(open(new TrustedDocuments([page, '{ nothing }', '{ '])), (error: Error) => {
    assert.match(error.message, new RegExp(`${hashOf('{ nothing }')}: Cannot query field`))
    assert.match(error.message, new RegExp(`${hashOf('{ ')}: Syntax Error`))
    assert.doesNotMatch(error.message, new RegExp(hashOf(page)))
    return true
  })
})

describe('known documents of live operations', () => {
  const heard = 'subscription Heard { heard(room: "hall") { text } }'
  const rooms = 'query Rooms { rooms }'

  for (const only of [false, true])
    test(`over WebSocket and server-sent events, where ${only ? 'only they' : 'others too'} are answered`, async () => {
      await using live = await startLive({ documents: new TrustedDocuments([heard, rooms], { only }) })
      await using client = await RawClient.connect(live.ws)
      const asked = async (payload: object) => {
        client.send({ id: '1', type: 'subscribe', payload })
        const { type, payload: told } = await client.next()
        if (type === 'error') return told[0].extensions.code
        client.send({ id: '1', type: 'complete' })
        if (told.data.rooms) assert.equal((await client.next()).type, 'complete')
        return 'answered'
      }
      const streamed = async (body: object) => {
        const headers = { 'content-type': 'application/json' }
        const response = await fetch(live.stream, { method: 'POST', headers, body: JSON.stringify(body) })
        for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
          const [, json] = /data: (.*)\n/.exec(chunk) ?? []
          if (json) return JSON.parse(json).errors?.[0].extensions.code ?? 'answered'
        }
      }
      const talking = setInterval(() => live.world.say('hello'), 20)
      try {
        for (const ask of [asked, streamed]) {
          for (const text of [heard, rooms]) {
            assert.equal(await ask({ query: text }), 'answered')
            assert.equal(await ask({ documentId: hashOf(text) }), 'answered')
            assert.equal(await ask({ query: '', extensions: persisted(hashOf(text)) }), 'answered')
            assert.equal(await ask({ extensions: persisted(hashOf(text)) }), 'answered')
          }
          const other = '{ rooms }'
          assert.equal(await ask({ query: other }), only ? 'FORBIDDEN' : 'answered')
          assert.equal(await ask({ documentId: hashOf(other) }), only ? 'FORBIDDEN' : 'NOT_FOUND')
          const unregistered = { extensions: persisted(hashOf(other)) }
          assert.equal(await ask(unregistered), only ? 'FORBIDDEN' : 'PERSISTED_QUERY_NOT_FOUND')
          for (const query of [heard, rooms, other]) {
            const wrong = { query, extensions: persisted(hashOf('{ never }')) }
            assert.equal(await ask(wrong), only ? 'FORBIDDEN' : 'BAD_USER_INPUT')
          }
          assert.equal(await ask({ query: rooms, operationName: '' }), 'answered')
          assert.equal(await ask({ query: heard, operationName: '' }), 'answered')
        }
      } finally {
        clearInterval(talking)
      }
      const search = new URLSearchParams({ documentId: hashOf(heard) })
      const response = await fetch(`${live.stream}?${search}`)
      assert.equal(response.status, 200)
      await response.body?.cancel()
    })

  test('were planned before anybody asked', async () => {
    await using live = await startLive({ documents: new TrustedDocuments([heard]) })
    const planning = mock.method(live.planner, 'buildQueryPlan')
    await using client = await RawClient.connect(live.ws)
    client.send({ id: '1', type: 'subscribe', payload: { documentId: hashOf(heard) } })
    while (live.world.open.size === 0) await new Promise(setImmediate)
    assert.equal(planning.mock.callCount(), 0)
  })
})
