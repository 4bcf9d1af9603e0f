import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { Caller } from '../gateway/door.ts'
import { codeOf } from '../kit/errors.ts'
import { HttpGraphDoor } from './gateway-client.ts'

const caller: Caller = { token: 'secret', requestId: 'request-1', origin: 'https://app.example:8443' }
const query = { name: 'Viewer', document: 'query Viewer { viewer { id } }' }
const mutation = { name: 'Logout', document: 'mutation Logout { logout { user { id } } }' }

/** A gateway that answers as told. */
async function startGateway(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // listening on a port
  const door = new HttpGraphDoor(url, { timeout: 300 })
  return {
    door,
    url,
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]()
      server.closeAllConnections()
      server.close()
    },
  }
}

const codesOf = async (answer: ReturnType<HttpGraphDoor['execute']>) => (await answer).errors?.map(codeOf)

test('an operation goes out with its caller, and its answer comes back', async () => {
  const seen: { request: IncomingMessage; body: unknown }[] = []
  await using gateway = await startGateway(async (request, response) => {
    seen.push({ request, body: JSON.parse(await text(request)) })
    const errors = [{ message: 'no', path: ['a', 0], extensions: { code: 'NOT_FOUND', subject: 'Video' } }]
    response.end(JSON.stringify({ data: { viewer: { id: '1' } }, errors }))
  })
  const { data, errors } = await gateway.door.execute(query, { a: 1 }, caller)
  assert.deepEqual(data, { viewer: { id: '1' } })
  assert.deepEqual(
    [errors?.[0]?.path, errors?.[0]?.extensions['subject'], codeOf(errors?.[0])],
    [['a', 0], 'Video', 'NOT_FOUND'],
  )
  const [{ request, body } = assert.fail()] = seen
  assert.deepEqual([request.method, request.url], ['POST', '/graphql'])
  assert.deepEqual(body, { operationName: 'Viewer', query: query.document, variables: { a: 1 } })
  const { authorization, 'x-request-id': id, 'x-forwarded-proto': proto, 'x-forwarded-host': host } = request.headers
  assert.deepEqual([authorization, id, proto, host], ['Bearer secret', 'request-1', 'https', 'app.example:8443'])
  await gateway.door.execute(query, {}, { ...caller, token: null })
  assert.equal(seen[1]?.request.headers.authorization, undefined)
})

test('a fault of the request is in the answer whatever its HTTP status is', async () => {
  await using gateway = await startGateway((_, response) => {
    response
      .writeHead(401)
      .end(JSON.stringify({ errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }] }))
  })
  assert.deepEqual(await codesOf(gateway.door.execute(query, {}, caller)), ['UNAUTHENTICATED'])
})

test('a gateway that is away, silent or not a gateway is a fault that may pass', async () => {
  const away = await startGateway(() => {})
  await away[Symbol.asyncDispose]()
  await using nowhere = new HttpGraphDoor(away.url)
  assert.deepEqual(await codesOf(nowhere.execute(mutation, {}, caller)), ['UNAVAILABLE'])
  await using silent = await startGateway(() => {})
  assert.deepEqual(await codesOf(silent.door.execute(query, {}, caller)), ['TIMEOUT'])
  for (const answer of ['<html>Bad gateway</html>', 'null', '[]', '{"message":"not found"}']) {
    await using other = await startGateway((_, response) => response.writeHead(502).end(answer))
    assert.deepEqual(await codesOf(other.door.execute(query, {}, caller)), ['UNAVAILABLE'])
  }
})

test('a query that meets a closing connection is asked again, a mutation is not', async () => {
  let requests = 0
  await using gateway = await startGateway((request, response) => {
    requests += 1
    if (requests % 2 === 1) request.socket.destroy()
    else response.end('{"data":{}}')
  })
  assert.deepEqual(await gateway.door.execute(query, {}, caller), { data: {} })
  assert.equal(requests, 2)
  assert.deepEqual(await codesOf(gateway.door.execute(mutation, {}, caller)), ['UNAVAILABLE'])
  assert.equal(requests, 3)
})

test('a file goes to the gateway by the path of its address, and its receipt comes back', async () => {
  await using gateway = await startGateway(async (request, response) => {
    const body = await text(request)
    response.writeHead(201).end(JSON.stringify({ uploadId: `${request.method} ${request.url}`, bytes: body.length }))
  })
  const file = Readable.from([Buffer.from('some '), Buffer.from('bytes')])
  assert.deepEqual(await gateway.door.upload('https://app.example:8443/upload/a.b?c', file, caller), {
    uploadId: 'PUT /upload/a.b?c',
    bytes: 10,
  })
  assert.ok(file.destroyed)
})

test('a refused file is told by the code of the refusal', async () => {
  for (const [status, answer, code] of [
    [413, '{"error":{"code":"PAYLOAD_TOO_LARGE","message":"x"}}', 'PAYLOAD_TOO_LARGE'],
    [403, '{"error":{"code":"FORBIDDEN","message":"x"}}', 'FORBIDDEN'],
    [413, '<html>', 'PAYLOAD_TOO_LARGE'],
    [201, '{}', 'UNAVAILABLE'],
    [500, '{"error":{"code":"constructor"}}', 'UNAVAILABLE'],
  ] as const) {
    await using gateway = await startGateway((request, response) => {
      request.resume().on('end', () => response.writeHead(status).end(answer))
    })
    const sent = gateway.door.upload('http://x/upload/ticket', Readable.from([Buffer.from('x')]), caller)
    await assert.rejects(sent, (error) => codeOf(error) === code)
  }
})

test('a client that goes away ends what was asked for it', async () => {
  const closed = Promise.withResolvers<void>()
  const gone = new AbortController()
  await using gateway = await startGateway((request) => {
    request.socket.once('close', () => closed.resolve())
    gone.abort()
  })
  assert.deepEqual(await codesOf(gateway.door.execute(query, {}, { ...caller, signal: gone.signal })), ['UNAVAILABLE'])
  await closed.promise
})
