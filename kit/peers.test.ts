import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, watch } from '../test/testkit/server-process.ts'
import { Breaker } from './breaker.ts'
import { codeOf } from './errors.ts'
import { Peers, type PeersOptions } from './peers.ts'

/** A server that answers with its name, or as told. */
async function startPeer(name: string, listener?: RequestListener, port = 0) {
  const requests: string[] = []
  const server = createServer(async (request, response) => {
    requests.push(`${request.method} ${request.url} ${await text(request)}`)
    if (listener) listener(request, response)
    else response.end(name)
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // listening on a port
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const away = async () => `http://127.0.0.1:${await freePort()}`

/** An address that says nothing at all, as that of a machine that is gone: of a program that stands still, with its queue full. */
async function startSilence() {
  const script =
    "require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port) })"
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const watchdog = watch(child)
  const port = Number(String((await once(child.stdout, 'data'))[0]))
  child.kill('SIGSTOP')
  for (let queued = true; queued; ) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    socket.unref()
    const full = sleep(200, false)
    queued = await Promise.race([once(socket, 'connect').then(() => true), full])
  }
  return {
    origin: `http://127.0.0.1:${port}`,
    [Symbol.dispose]() {
      watchdog.kill('SIGKILL')
      child.kill('SIGKILL')
    },
  }
}

const request = (over: { repeatable?: boolean; deadline?: number } = {}) => ({
  path: '/',
  headers: {},
  body: 'x',
  deadline: Date.now() + 5_000,
  repeatable: false,
  ...over,
})

const ask = async (peers: Peers, times: number) =>
  (await Promise.all(Array.from({ length: times }, () => peers.post(request())))).map((answer) => answer.text)

test('peers are asked in turn, and one that refuses is passed over, also with what may be sent only once', async () => {
  await using a = await startPeer('a')
  await using b = await startPeer('b')
  const peers = new Peers({ name: 'x', origins: [a.origin, await away(), b.origin] })
  const names = await ask(peers, 30)
  assert.deepEqual(new Set(names), new Set(['a', 'b']))
  assert.equal(a.requests.length + b.requests.length, 30, 'each was sent once')
  await peers.close()
})

test('when a connection breaks, a repeatable request goes to the next, another one fails', async () => {
  await using good = await startPeer('good')
  await using bad = await startPeer('bad', (incoming) => incoming.socket.resetAndDestroy())
  const peers = new Peers({ name: 'x', origins: [bad.origin, good.origin] })
  assert.equal((await peers.post(request({ repeatable: true }))).text, 'good')
  const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => peers.post(request())))
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected')
  assert.ok(failed.length > 0 && failed.every(({ reason }) => codeOf(reason) === 'UNAVAILABLE'))
  assert.equal(bad.requests.length + good.requests.length, 2 + 4)
  await peers.close()
})

test('one that is about to stop is left alone, as long as there is another', async () => {
  await using staying = await startPeer('staying')
  await using leaving = await startPeer('leaving', (_, response) => {
    response.setHeader('connection', 'close').end('leaving')
  })
  let now = Date.now()
  const peers = new Peers({ name: 'x', origins: [leaving.origin, staying.origin], clock: () => now })
  assert.equal((await peers.post(request())).text, 'leaving')
  assert.deepEqual(new Set(await ask(peers, 10)), new Set(['staying']))
  now += 20_000
  assert.ok((await Promise.all([1, 2].map(() => peers.post(request({ deadline: now + 5_000 }))))).length === 2)
  assert.equal(leaving.requests.length, 2)
  await peers.close()
})

test('nobody there is UNAVAILABLE, nobody in time is TIMEOUT', async () => {
  await using silent = await startPeer('silent', () => {})
  const nowhere = new Peers({ name: 'x', origins: [await away(), await away()] })
  await assert.rejects(nowhere.post(request({ repeatable: true })), (error) => codeOf(error) === 'UNAVAILABLE')
  const peers = new Peers({ name: 'x', origins: [silent.origin] })
  await assert.rejects(peers.post(request({ deadline: Date.now() + 50 })), (error) => codeOf(error) === 'TIMEOUT')
  await assert.rejects(peers.post(request({ deadline: Date.now() })), (error) => codeOf(error) === 'TIMEOUT')
})

test('machines that are gone cost all tries together half a second, and the next request nothing', async () => {
  using one = await startSilence()
  using two = await startSilence()
  for (const origins of [[one.origin], [one.origin, two.origin]]) {
    const peers = new Peers({ name: 'x', origins })
    const started = performance.now()
    await assert.rejects(peers.post(request({ repeatable: true })), (error) => codeOf(error) === 'UNAVAILABLE')
    const first = performance.now() - started
    await assert.rejects(peers.post(request({ repeatable: true })), (error) => codeOf(error) === 'UNAVAILABLE')
    const second = performance.now() - started - first
    assert.ok(
      first < 900 && second < 200,
      `${origins.length} of them: ${Math.round(first)} ms and ${Math.round(second)} ms`,
    )
  }
})

test('a stream is sent to one that says it is ready', async () => {
  await using busy = await startPeer('busy', (_, response) => response.writeHead(503).end())
  await using ready = await startPeer('ready')
  const peers = new Peers({ name: 'x', origins: [await away(), busy.origin, ready.origin] })
  for (let n = 0; n < 3; n++) {
    const body = Readable.from([Buffer.from('file')])
    const answer = await peers.put({ path: '/upload', headers: {}, body, headersTimeout: 1_000, signal: null })
    assert.equal(await answer.body.text(), 'ready')
  }
  assert.deepEqual([...new Set(busy.requests)], ['GET /readyz '])
  assert.equal(ready.requests.filter((each) => each === 'PUT /upload file').length, 3)
  await peers.close()
})

test('a peer that goes away is told of once, and once when it is back', async () => {
  const origin = await away()
  const told: string[] = []
  const tell = (_: unknown, text?: string) => void told.push(String(text))
  const newBreaker = () => new Breaker({ failures: 3, rest: 0 })
  const peers = new Peers({
    name: 'x',
    origins: [origin],
    newBreaker,
    log: { info: tell, warn: tell } as PeersOptions['log'],
  })
  for (let n = 0; n < 5; n++) await assert.rejects(peers.post(request()), (error) => codeOf(error) === 'UNAVAILABLE')
  await using _ = await startPeer('x', undefined, Number(new URL(origin).port))
  for (let n = 0; n < 5; n++) assert.equal((await peers.post(request())).text, 'x')
  assert.deepEqual(told, [`x at ${origin} does not answer`, `x at ${origin} answers again`])
  await peers.close()
})
