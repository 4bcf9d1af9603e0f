import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from './client.ts'

async function serve(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stop = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: stop }
}

const get = (path: string) => ({ method: 'GET', path }) as const
const long = '长视频'.repeat(50_000)

test('answers are read whole, with their length told before or in chunks', async () => {
  await using server = await serve((request, response) => {
    if (request.url === '/length') response.end(long)
    else {
      for (let at = 0; at < long.length; at += 7_000) response.write(long.slice(at, at + 7_000))
      response.end()
    }
  })
  const client = new Client(server.url, () => true)
  for (const path of ['/length', '/chunks', '/length']) assert.equal(await client.text(get(path)), long)
  client.close()
})

test('a request brings its method, its headers, and a body beyond ASCII', async () => {
  await using server = await serve(async (request, response) => {
    const { method, url, headers } = request
    response.end(JSON.stringify([method, url, headers['x-viewer'], await text(request)]))
  })
  const client = new Client(server.url, () => true)
  const post = { method: 'POST', path: '/a?b=c', headers: { 'x-viewer': '7' } } as const
  assert.deepEqual(JSON.parse(await client.text({ ...post, body: '成功' })), ['POST', '/a?b=c', '7', '成功'])
  assert.deepEqual(JSON.parse(await client.text(post)), ['POST', '/a?b=c', '7', ''])
  client.close()
})

test('there are no more connections than allowed, and who waits for one gets an answer of its own', async () => {
  const sockets = new Set<unknown>()
  await using server = await serve(({ url, socket }, response) => {
    sockets.add(socket)
    setImmediate(() => response.end(url))
  })
  const client = new Client(server.url, () => true, { connections: 3 })
  const paths = Array.from({ length: 50 }, (_, n) => `/${n}`)
  assert.deepEqual(await Promise.all(paths.map((path) => client.text(get(path)))), paths)
  assert.equal(sockets.size, 3)
  client.close()
})

test('what is not a good answer counts as bad, also none at all, and the next request is answered', async () => {
  await using server = await serve(({ url, socket }, response) => {
    if (url === '/cut') socket.destroy()
    else response.writeHead(url === '/good' ? 200 : 500).end('told why')
  })
  const client = new Client(server.url, (status) => status === 200, { connections: 1 })
  const outcomes = await Promise.all(['/good', '/bad', '/cut', '/good'].map((path) => client.send(get(path))))
  assert.deepEqual(outcomes, [true, false, false, true])
  assert.equal(client.firstBad, '500 told why')
  client.close()
})

test('who gets no answer does not wait for ever, on a connection that was idle for long before', async () => {
  await using server = await serve(({ url }, response) => {
    if (url === '/answered') response.end()
  })
  const client = new Client(server.url, () => true, { connections: 1, patienceMs: 50 })
  assert.equal(await client.send(get('/answered')), true)
  await sleep(120)
  assert.equal(await client.send(get('/never')), false)
  assert.equal(client.firstBad, 'no answer within 50 ms')
  assert.equal(await client.send(get('/answered')), true)
  client.close()
})

test('a connection that the server gives up is not used again', async () => {
  const sockets = new Set<unknown>()
  await using server = await serve(({ url, socket }, response) => {
    sockets.add(socket)
    if (url === '/last') response.setHeader('connection', 'close')
    response.end()
  })
  const client = new Client(server.url, () => true, { connections: 1 })
  const outcomes = await Promise.all(['/last', '/last', '/more', '/more'].map((path) => client.send(get(path))))
  assert.deepEqual(outcomes, [true, true, true, true])
  assert.equal(sockets.size, 3)
  client.close()
})
