import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { openBrowser, skipBrowser } from './browser.ts'

const listen = async (body: string) => {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(request.url ?? '')
    response.setHeader('content-type', 'text/html').end(body)
  })
  server.on('upgrade', (request, socket) => {
    seen.push(request.url ?? '')
    socket.destroy()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo // a TCP server never has a pipe's string address
  return { seen, origin: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void server.close() }
}

test('a watched page refuses and counts every request that leaves its origin', { skip: skipBrowser() }, async () => {
  await using browser = await openBrowser()
  await using elsewhere = await listen('elsewhere')
  await using home = await listen(`<!doctype html><link rel="icon" href="data:,"><script>
    const socket = new WebSocket('${elsewhere.origin.replace('http', 'ws')}/socket')
    const settled = Promise.allSettled([fetch('/own'), fetch('${elsewhere.origin}/page'), fetch('http://example.com/')])
    settled.then((all) => { document.title = all.map(({ status }) => status).join() })
  </script>`)

  const { page, foreign, faults } = await browser.openPage(home.origin)
  await page.goto(home.origin)
  await page.waitForFunction('document.title !== ""')

  assert.equal(await page.title(), 'fulfilled,rejected,rejected')
  assert.deepEqual(foreign.map((address) => address.replace(elsewhere.origin.slice('http'.length), '')).sort(), [
    'http/page',
    'http://example.com/',
    'ws/socket',
  ])
  assert.deepEqual(home.seen, ['/', '/own'])
  assert.ok(!elsewhere.seen.includes('/page'))
  assert.ok(faults.some((fault) => fault.includes('ERR_BLOCKED_BY_CLIENT')))
})

test('a watched page collects uncaught exceptions and console errors', { skip: skipBrowser() }, async () => {
  await using browser = await openBrowser()
  await using home = await listen(
    '<!doctype html><link rel="icon" href="data:,"><script>console.error("told"); throw new Error("thrown")</script>',
  )
  const { page, foreign, faults } = await browser.openPage(home.origin)
  await page.goto(home.origin)

  assert.deepEqual(foreign, [])
  assert.equal(faults.filter((fault) => fault.includes('told')).length, 1)
  assert.equal(faults.filter((fault) => fault.includes('thrown')).length, 1)
})
