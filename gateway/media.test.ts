import assert from 'node:assert/strict'
import { readdir, readlink } from 'node:fs/promises'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { startMedia, until } from './media-testkit.ts'

const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 256))

describe('GET and HEAD /media/*', () => {
  it('sends a whole file with its type, its length and headers that let it be kept for ever', async () => {
    await using it = await startMedia()
    for (const [key, type] of [
      ['video/1.mp4', 'video/mp4'],
      ['video/1.mov', 'video/quicktime'],
      ['video/1.webm', 'video/webm'],
      ['cover/1.jpg', 'image/jpeg'],
      ['page.html', 'application/octet-stream'],
    ] as const) {
      await it.store(key, bytes)
      const answer = await fetch(`${it.url}/media/${key}`)
      assert.equal(answer.status, 200)
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes)
      assert.equal(answer.headers.get('content-type'), type)
      assert.equal(answer.headers.get('content-length'), '1000')
      assert.equal(answer.headers.get('accept-ranges'), 'bytes')
      assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable')
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
      assert.equal(answer.headers.get('access-control-allow-origin'), '*')
    }
  })

  it('answers HEAD with the same headers and no body', async () => {
    await using it = await startMedia()
    await it.store('v.mp4', bytes)
    const [head, get] = [await fetch(`${it.url}/media/v.mp4`, { method: 'HEAD' }), await fetch(`${it.url}/media/v.mp4`)]
    assert.equal(head.status, 200)
    assert.equal((await head.arrayBuffer()).byteLength, 0)
    for (const name of ['content-length', 'content-type', 'etag', 'accept-ranges', 'cache-control'])
      assert.equal(head.headers.get(name), get.headers.get(name), name)
    await get.arrayBuffer()
  })

  it('sends any range as the same slice of the file', async () => {
    await using it = await startMedia()
    await it.store('v.mp4', bytes)
    await fc.assert(
      fc.asyncProperty(fc.nat(999), fc.nat(1200), async (start, length) => {
        const answer = await fetch(`${it.url}/media/v.mp4`, { headers: { range: `bytes=${start}-${start + length}` } })
        const end = Math.min(999, start + length)
        assert.equal(answer.status, 206)
        assert.equal(answer.headers.get('content-range'), `bytes ${start}-${end}/1000`)
        assert.equal(answer.headers.get('content-length'), String(end - start + 1))
        assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes.subarray(start, end + 1))
      }),
      { numRuns: 30 },
    )
    const last = await fetch(`${it.url}/media/v.mp4`, { headers: { range: 'bytes=-10' } })
    assert.deepEqual(Buffer.from(await last.arrayBuffer()), bytes.subarray(990))
  })

  it('tells the size when a range lies outside, and ignores what it does not understand', async () => {
    await using it = await startMedia()
    await it.store('v.mp4', bytes)
    const outside = await fetch(`${it.url}/media/v.mp4`, { headers: { range: 'bytes=1000-' } })
    assert.equal(outside.status, 416)
    assert.equal(outside.headers.get('content-range'), 'bytes */1000')
    assert.equal(((await outside.json()) as { error: { code: string } }).error.code, 'BAD_USER_INPUT')
    const several = await fetch(`${it.url}/media/v.mp4`, { headers: { range: 'bytes=0-1,5-6' } })
    assert.equal(several.status, 200)
    assert.equal((await several.arrayBuffer()).byteLength, 1000)
  })

  it('honours If-None-Match and If-Range', async () => {
    await using it = await startMedia()
    await it.store('v.mp4', bytes)
    const get = async (headers: Record<string, string>) => {
      const answer = await fetch(`${it.url}/media/v.mp4`, { headers })
      return {
        status: answer.status,
        length: (await answer.arrayBuffer()).byteLength,
        etag: answer.headers.get('etag'),
      }
    }
    const { etag } = await get({})
    assert.ok(etag)
    assert.deepEqual(await get({ 'if-none-match': etag }), { status: 304, length: 0, etag })
    assert.deepEqual(await get({ 'if-none-match': `"other", W/${etag}` }), { status: 304, length: 0, etag })
    assert.equal((await get({ 'if-none-match': '"other"' })).status, 200)
    assert.deepEqual(await get({ range: 'bytes=0-9', 'if-range': etag }), { status: 206, length: 10, etag })
    assert.deepEqual(await get({ range: 'bytes=0-9', 'if-range': '"other"' }), { status: 200, length: 1000, etag })
  })

  it('hides incoming files, and everything that is not a key', async () => {
    await using it = await startMedia()
    await it.store('incoming/1', bytes)
    for (const path of [
      'incoming/1',
      'incoming%2f1',
      'missing.mp4',
      '..%2f..%2fetc%2fpasswd',
      '.incomplete',
      '',
      'a//b',
    ]) {
      const answer = await fetch(`${it.url}/media/${path}`)
      assert.equal(answer.status, 404, path)
      assert.equal(((await answer.json()) as { error: { code: string } }).error.code, 'NOT_FOUND')
      assert.equal(answer.headers.get('cache-control'), 'no-store')
    }
  })

  it('closes the file when the player leaves', async () => {
    await using it = await startMedia()
    await it.store('v.mp4', Buffer.alloc(50_000_000))
    const open = async () => {
      const files = await readdir('/proc/self/fd')
      const targets = await Promise.all(files.map((file) => readlink(`/proc/self/fd/${file}`).catch(() => 'closed')))
      return targets.filter((target) => target.endsWith('/v.mp4')).length
    }
    for (let i = 0; i < 5; i++) {
      const leave = new AbortController()
      const answer = await fetch(`${it.url}/media/v.mp4`, { signal: leave.signal })
      await answer.body?.getReader().read()
      assert.equal(await open(), 1)
      leave.abort()
      await until(async () => (await open()) === 0)
    }
  })

  it('lets pages of other origins ask first', async () => {
    await using it = await startMedia()
    for (const path of ['/media/v.mp4', `/upload/${it.ticket('1')}`]) {
      const answer = await fetch(it.url + path, {
        method: 'OPTIONS',
        headers: { origin: 'https://app.example', 'access-control-request-method': 'PUT' },
      })
      assert.equal(answer.status, 204)
      assert.equal(answer.headers.get('access-control-allow-origin'), '*')
      assert.match(answer.headers.get('access-control-allow-methods') ?? '', /PUT/)
      assert.match(answer.headers.get('access-control-allow-headers') ?? '', /range/)
    }
  })
})
