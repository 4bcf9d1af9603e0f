import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { codeOf } from '../kit/errors.ts'
import { closed } from '../test/testkit/closed.ts'
import { startMedia, until } from './media-testkit.ts'
import { receiveUpload } from './receive-upload.ts'

type Server = Awaited<ReturnType<typeof startMedia>>
const megabyte = 1024 * 1024

const put = async (it: Server, ticket: string, body?: RequestInit['body'], type?: string) => {
  const answer = await fetch(`${it.url}/upload/${ticket}`, {
    method: 'PUT',
    ...(body === undefined ? {} : { body, duplex: 'half' }),
    ...(type === undefined ? {} : { headers: { 'content-type': type } }),
  } as RequestInit) // `duplex` is not in the type, and required with a stream
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown> }
}
const code = ({ json }: { json: Record<string, unknown> }) => (json['error'] as { code: string } | undefined)?.code
const content = async (it: Server, key: string) => buffer((await it.storage.read(key)).stream)

/** Sends `length` bytes in pieces without saying how many there will be. */
const stream = (length: number, piece = 64 * 1024) =>
  new ReadableStream({
    pull(controller) {
      if (length <= 0) return controller.close()
      controller.enqueue(new Uint8Array(Math.min(piece, length)))
      length -= piece
    },
  })

describe('PUT /upload/<ticket>', () => {
  it('stores the body whatever it is called, past the body limit of the server', async () => {
    await using it = await startMedia()
    const body = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251))
    for (const [i, type] of [
      'video/mp4',
      'application/json',
      'text/plain',
      'multipart/form-data',
      'rubbish',
      '',
    ].entries()) {
      const answer = await put(it, it.ticket(`up${i}`), body, type)
      assert.deepEqual(answer, { status: 201, json: { uploadId: `up${i}`, bytes: 300_000 } }, type)
      assert.deepEqual(await content(it, `incoming/up${i}`), body)
    }
  })

  it('replaces what the same ticket sent before', async () => {
    await using it = await startMedia()
    const ticket = it.ticket('1')
    await put(it, ticket, 'first')
    assert.equal((await put(it, ticket, 'second one')).status, 201)
    assert.equal((await content(it, 'incoming/1')).toString(), 'second one')
    assert.deepEqual(await it.stored(), ['incoming/1'])
  })

  it('refuses a body over the limit, announced or not, and leaves nothing', async () => {
    await using it = await startMedia()
    for (const body of [Buffer.alloc(100_001), stream(100_001), stream(20 * megabyte)]) {
      const answer = await put(it, it.ticket('1', 100_000), body)
      assert.deepEqual([answer.status, code(answer)], [413, 'PAYLOAD_TOO_LARGE'])
    }
    assert.equal((await put(it, it.ticket('2', 100_000), stream(100_000))).status, 201)
    assert.deepEqual(await it.stored(), ['incoming/2'])
    assert.deepEqual(await it.incomplete(), [])
  })

  it('refuses an empty body', async () => {
    await using it = await startMedia()
    for (const body of [undefined, '', stream(0)]) {
      const answer = await put(it, it.ticket('1'), body)
      assert.deepEqual([answer.status, code(answer)], [400, 'BAD_USER_INPUT'])
    }
    assert.deepEqual(await it.stored(), [])
  })

  it('refuses tickets that are forged or have expired, and every other method', async () => {
    await using it = await startMedia()
    for (const ticket of ['x', `${it.ticket('1')}x`, it.ticket('1', 10, 1_000), '..%2f..']) {
      const answer = await put(it, ticket, 'body')
      assert.deepEqual([answer.status, code(answer)], [403, 'FORBIDDEN'], ticket)
    }
    assert.equal((await fetch(`${it.url}/upload/${it.ticket('1')}`, { method: 'POST', body: 'x' })).status, 404)
    assert.deepEqual(await it.stored(), [])
  })

  it('leaves nothing of an upload that is cut short or dropped', async () => {
    await using it = await startMedia()
    for (const how of ['end', 'destroy', 'resetAndDestroy'] as const) {
      const socket = connect(Number(new URL(it.url).port), '127.0.0.1')
      let answer = ''
      socket.on('data', (text) => {
        answer += text
      })
      socket.on('error', () => {})
      socket.write(`PUT /upload/${it.ticket('1')} HTTP/1.1\r\nhost: x\r\ncontent-length: 900000\r\n\r\n`)
      socket.write(Buffer.alloc(300_000))
      await until(async () => (await it.incomplete()).length === 1)
      socket[how]()
      if (how === 'end') {
        await closed(socket)
        assert.match(answer, /^HTTP\/1\.1 400 /)
      }
      await until(async () => (await it.incomplete()).length === 0)
    }
    assert.deepEqual(await it.stored(), [])
  })

  it('gives up a sender that has gone silent', async () => {
    await using it = await startMedia({ stallMs: 50, lingerMs: 50 })
    const socket = connect(Number(new URL(it.url).port), '127.0.0.1')
    socket.write(`PUT /upload/${it.ticket('1')} HTTP/1.1\r\nhost: x\r\ncontent-length: 900000\r\n\r\nabc`)
    const answer = (await buffer(socket)).toString()
    assert.match(answer, /^HTTP\/1\.1 504 .*"code":"TIMEOUT"/s)
    assert.deepEqual([await it.stored(), await it.incomplete()], [[], []])
  })

  it('cuts off a refused sender that does not stop', async () => {
    await using it = await startMedia({ lingerMs: 1_000 }) // so long that the answer arrives first, however busy the machine
    const socket = connect(Number(new URL(it.url).port), '127.0.0.1')
    let answer = ''
    socket.on('data', (text) => {
      answer += text
    })
    socket.write('PUT /upload/forged HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n')
    const talking = setInterval(() => socket.write('5\r\nhello\r\n'), 5)
    await closed(socket)
    clearInterval(talking)
    assert.match(answer, /^HTTP\/1\.1 403 /)
  })

  it('takes 20 uploads of 20 MB at once without holding them in memory', async () => {
    await using it = await startMedia()
    const before = process.memoryUsage.rss()
    let peak = before
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss())
    }, 5)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => put(it, it.ticket(`u${i}`, 20 * megabyte), stream(20 * megabyte))),
    )
    clearInterval(watch)
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]))
    for (let i = 0; i < 20; i++) assert.equal((await it.storage.stat(`incoming/u${i}`))?.bytes, 20 * megabyte)
    // 400 MB have passed; the senders are in this process as well.
    assert.ok(peak - before < 150 * megabyte, `${Math.round((peak - before) / megabyte)} MB more`)
  })
})

describe('receiving without HTTP', () => {
  it('takes any stream of bytes and can be aborted', async () => {
    await using it = await startMedia()
    const ticket = { uploadId: 'form', ownerId: '1', maxBytes: 10, expiresAt: 0 }
    const body = async function* () {
      yield Buffer.from('12345')
      yield Buffer.from('67890')
    }
    assert.deepEqual(await receiveUpload(it.storage, ticket, body()), { uploadId: 'form', bytes: 10 })
    const tooSmall = { ...ticket, maxBytes: 9 }
    await assert.rejects(receiveUpload(it.storage, tooSmall, body()), (e) => codeOf(e) === 'PAYLOAD_TOO_LARGE')
    const signal = AbortSignal.abort(new RangeError('left'))
    await assert.rejects(receiveUpload(it.storage, ticket, body(), { signal }), RangeError)
    assert.equal((await content(it, 'incoming/form')).length, 10)
  })
})
