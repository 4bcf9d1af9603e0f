import assert from 'node:assert/strict'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import Fastify, { type FastifyInstance } from 'fastify'
import { temporaryFolder } from '../test/testkit/server-process.ts'
import { playground, playgroundAtRoot } from './playground.ts'

const withPlayground = async (use: (app: FastifyInstance, directory: string) => Promise<void>) => {
  const directory = await temporaryFolder('playground')
  const app = Fastify()
  await app.register(playground({ directory }))
  await app.register(playgroundAtRoot)
  try {
    await use(app, directory)
  } finally {
    await app.close()
    await rm(directory, { recursive: true })
  }
}

const fill = async (directory: string) => {
  await mkdir(join(directory, 'assets'))
  await writeFile(join(directory, 'index.html'), '<!doctype html><title>page</title>')
  await writeFile(join(directory, 'assets/main-0a1b2c3d.js'), 'export {}')
}

test('the page is asked for anew each time, its hashed assets are kept for ever', () =>
  withPlayground(async (app, directory) => {
    await fill(directory)
    const page = await app.inject('/playground/')
    assert.equal(page.statusCode, 200)
    assert.match(String(page.headers['content-type']), /^text\/html/)
    assert.equal(page.headers['cache-control'], 'no-cache')
    const asset = await app.inject('/playground/assets/main-0a1b2c3d.js')
    assert.match(String(asset.headers['content-type']), /^(text|application)\/javascript/)
    assert.equal(asset.headers['cache-control'], 'public, max-age=31536000, immutable')
    const again = await app.inject({ url: '/playground/', headers: { 'if-none-match': String(page.headers.etag) } })
    assert.equal(again.statusCode, 304)
  }))

test('every answer forbids foreign content, inline scripts, framing and guessed types', () =>
  withPlayground(async (app, directory) => {
    await fill(directory)
    for (const url of ['/playground/', '/playground/assets/main-0a1b2c3d.js', '/playground/none.js']) {
      const { headers } = await app.inject(url)
      const policy = String(headers['content-security-policy'])
      assert.match(policy, /default-src 'none'; script-src 'self';/)
      assert.match(policy, /connect-src 'self';.*frame-ancestors 'none'/)
      assert.equal(headers['x-content-type-options'], 'nosniff')
    }
  }))

test('what is not in the folder is a 404, and nothing outside of it can be read', () =>
  withPlayground(async (app, directory) => {
    await fill(directory)
    for (const url of ['/playground/none.js', '/playground/assets/', '/playground/..%2f..%2fetc/passwd']) {
      const { statusCode } = await app.inject(url)
      assert.ok(statusCode === 404 || statusCode === 403, `${url} gave ${statusCode}`)
    }
  }))

test('without a build the answer names the command, and a build made later is served', () =>
  withPlayground(async (app, directory) => {
    const missing = await app.inject('/playground/')
    assert.equal(missing.statusCode, 503)
    assert.match(missing.body, /^.*npm run build:playground.*\n$/)
    await fill(directory)
    assert.equal((await app.inject('/playground/')).statusCode, 200)
  }))

test('the root and the address without its slash lead to the playground', () =>
  withPlayground(async (app, directory) => {
    await fill(directory)
    for (const url of ['/', '/playground']) {
      const { statusCode, headers } = await app.inject(url)
      assert.ok(statusCode === 302 || statusCode === 308)
      assert.equal(headers.location, '/playground/')
    }
  }))
