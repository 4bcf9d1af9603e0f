import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { closed } from '../test/testkit/closed.ts'
import { createHttpServer } from './http-server.ts'
import { refuseUpgrade, routeUpgrades } from './subgraph/ws-upgrades.ts'

/** A server, and the requests that it has observed, each as soon as it is over. */
async function open(bodyMs?: number) {
  const over: [method: string, route: string, status: number][] = []
  const lines: string[] = []
  let told = () => {}
  const log = pino({}, { write: (line: string) => lines.push(line) })
  const app = createHttpServer({
    log,
    ...(bodyMs && { bodyMs }),
    observe: (method, route, status) => {
      over.push([method, route, status])
      told()
    },
  })
  app.all('/echo', async ({ body }) => body ?? 'nothing')
  app.get('/never', () => new Promise(() => {}))
  app.get('/endless', (_request, reply) => reply.send(Readable.from(endless())))
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo // listening on a port
  return {
    over,
    lines,
    port,
    server: app.server,
    async isOver(count: number) {
      while (over.length < count)
        await new Promise<void>((resolve) => {
          told = resolve
        })
    },
    async [Symbol.asyncDispose]() {
      app.server.closeAllConnections()
      await app.close()
    },
  }
}

async function* endless() {
  for (;;) {
    yield 'more'
    await sleep(1)
  }
}

test('every request is in log and metrics once, however it ended', async () => {
  await using server = await open()
  await (await fetch(`http://127.0.0.1:${server.port}/echo`)).text()
  await server.isOver(1)
  for (const path of ['/never', '/endless']) {
    const socket = connect(server.port, '127.0.0.1')
    socket.write(`GET ${path}?token=secret HTTP/1.1\r\nHost: x\r\n\r\n`)
    if (path === '/endless') await once(socket, 'data')
    else await once(socket, 'connect')
    socket.destroy()
  }
  const posting = connect(server.port, '127.0.0.1')
  posting.write('POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{')
  await once(posting, 'connect')
  posting.destroy()
  await server.isOver(4)
  assert.deepEqual(server.over.toSorted(), [
    ['GET', '/echo', 200],
    ['GET', '/endless', 499],
    ['GET', '/never', 499],
    ['POST', '/echo', 499],
  ])
  const logged = server.lines.map((line) => JSON.parse(line)).filter(({ status }) => status)
  assert.deepEqual(logged.map(({ msg, status }) => `${msg} ${status}`).toSorted(), [
    'GET /echo 200',
    'GET /endless?token=*** 499',
    'GET /never?token=*** 499',
    'POST /echo 499',
  ])
})

test('who does not send the body that was announced is cut off; who waits for an answer, or sends a file, is not', async () => {
  await using server = await open(100)
  const waiting = connect(server.port, '127.0.0.1')
  waiting.write('GET /never HTTP/1.1\r\nHost: x\r\n\r\n')
  const file = connect(server.port, '127.0.0.1')
  file.write('PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{')
  for (const type of ['application/json', 'text/plain']) {
    const stalled = connect(server.port, '127.0.0.1')
    stalled.write(`POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: 9\r\n\r\n{`)
    stalled.resume()
    await closed(stalled)
  }
  file.write('}')
  const [answer] = await once(file, 'data')
  assert.match(String(answer), /^HTTP\/1.1 200 OK/)
  assert.equal(waiting.readyState, 'open')
  waiting.destroy()
  file.destroy()
  await server.isOver(4)
  assert.deepEqual(server.over.filter(([method]) => method === 'POST').length, 2)
})

test('an offer to speak another protocol is passed over, and a WebSocket is for who takes them', async () => {
  await using server = await open()
  const ask = async (upgrade: string) => {
    const socket = connect(server.port, '127.0.0.1')
    socket.write(
      `POST /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: ${upgrade}\r\nHTTP2-Settings: AAMAAABk\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a":"b"}`,
    )
    return text(socket)
  }
  for (const upgrade of ['h2c', 'websocket', 'TLS/1.2, h2c'])
    assert.match(await ask(upgrade), /^HTTP\/1.1 200 OK\b.*\{"a":"b"\}$/s, upgrade)
  const leave = routeUpgrades(server.server, '/echo', (_request, socket) => refuseUpgrade(socket, '418 A Teapot'))
  assert.match(await ask('h2c'), /^HTTP\/1.1 200 OK\b.*\{"a":"b"\}$/s)
  assert.match(await ask('WebSocket'), /^HTTP\/1.1 418/)
  leave()
  assert.match(await ask('websocket'), /^HTTP\/1.1 404/)
})
