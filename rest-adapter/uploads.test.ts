import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { closed } from '../test/testkit/closed.ts'
import { eventually } from '../test/testkit/eventually.ts'
import { ScriptedGraph } from '../test/testkit/scripted-graph.ts'
import { type Served, serveAdapter } from '../test/testkit/serve-adapter.ts'

const video = Buffer.alloc(300_000, 'x')
const upload = { uploadId: 'upload-1', url: 'http://host/upload/ticket' }
const aGraph = () => new ScriptedGraph({ createUpload: upload, publishVideo: { video: { id: 1 } } })

type Part = readonly ['data' | 'title' | 'token' | 'other' | 'cover', string | Buffer]

function formOf(parts: readonly Part[]): FormData {
  const form = new FormData()
  for (const [name, value] of parts)
    if (typeof value === 'string') form.append(name, value)
    else form.append(name, new Blob([new Uint8Array(value)]), '../../любое имя.txt')
  return form
}

async function publish({ url }: Served, body: FormData | undefined, query = '') {
  const response = await fetch(`${url}/douyin/publish/action/${query}`, { method: 'POST', ...(body ? { body } : {}) })
  assert.equal(response.status, 200)
  return (await response.json()) as { status_code: number; status_msg: string }
}

const data: Part = ['data', video]
const title: Part = ['title', '熊']
const token: Part = ['token', 'good']
const orders = [
  [data, token, title],
  [data, title, token],
  [token, data, title],
  [title, data, token],
  [token, title, data],
  [title, token, data],
]

for (const order of orders)
  test(`a form in the order ${order.map(([name]) => name).join(', ')} publishes its file whole`, async () => {
    const graph = aGraph()
    await using served = await serveAdapter(graph)
    assert.deepEqual(await publish(served, formOf(order)), { status_code: 0, status_msg: '成功' })
    assert.deepEqual(graph.files, [{ url: upload.url, bytes: video.length, token: 'good' }])
    assert.deepEqual(
      graph.calls.map(({ name }) => name),
      ['CreateUpload', 'PublishVideo'],
    )
    assert.deepEqual({ ...graph.calls.at(-1)?.variables }, { uploadId: 'upload-1', title: '熊' })
    assert.deepEqual(await served.waitingFiles(), [])
  })

test('token and title may stand in the query, and other parts are let by', async () => {
  const graph = aGraph()
  await using served = await serveAdapter(graph)
  const more = formOf([['cover', video], ['other', 'x'], data, ['data', video], ['title', 'second']])
  assert.equal((await publish(served, more, '?token=Bearer%20good&title=first')).status_code, 0)
  assert.deepEqual(
    graph.files.map(({ bytes, token }) => [bytes, token]),
    [[video.length, 'good']],
  )
  assert.equal(graph.calls.at(-1)?.variables['title'], 'first')
})

test('what is missing is named, and nothing is published', async () => {
  const graph = aGraph()
  await using served = await serveAdapter(graph)
  const sentence = async (parts: readonly Part[]) => (await publish(served, formOf(parts))).status_msg
  assert.equal(await sentence([data, title]), '请先登录')
  assert.equal(await sentence([title]), '请先登录')
  assert.equal(await sentence([token, title]), '请选择要上传的视频文件')
  assert.equal(await sentence([token, title, ['data', 'text']]), '请选择要上传的视频文件')
  assert.equal(await sentence([token, data]), '标题须为 1 至 200 个字')
  assert.equal(await sentence([token, title, ['data', Buffer.alloc(0)]]), '视频文件为空或不完整，请重新上传')
  assert.equal(await sentence([['data', Buffer.alloc(0)], token, title]), '视频文件为空或不完整，请重新上传')
  assert.equal((await publish(served, undefined, '?token=good&title=x')).status_msg, '请选择要上传的视频文件')
  assert.ok(!graph.calls.some(({ name }) => name === 'PublishVideo'))
})

test('a bad token is refused before a byte of the file is stored', async () => {
  const graph = aGraph()
  await using served = await serveAdapter(graph)
  for (const order of orders) {
    const parts = order.map((part): Part => (part === token ? ['token', 'bad'] : part))
    assert.equal((await publish(served, formOf(parts))).status_msg, '请先登录')
  }
  assert.deepEqual(graph.files, [])
})

test('a file over the limit is refused in every order, and the connection can be used on', async () => {
  const graph = aGraph()
  await using served = await serveAdapter(graph, { maxUploadBytes: video.length - 1 })
  for (const order of orders) assert.equal((await publish(served, formOf(order))).status_msg, '视频文件过大')
  assert.deepEqual([graph.files, await served.waitingFiles()], [[], []])
  await using exact = await serveAdapter(graph, { maxUploadBytes: video.length })
  for (const order of orders) assert.equal((await publish(exact, formOf(order))).status_code, 0)
})

test('files of nobody are bounded all together, and leave room when they are gone', async () => {
  const graph = aGraph()
  await using served = await serveAdapter(graph, { spoolBytes: video.length })
  const answers = await Promise.all(Array.from({ length: 4 }, () => publish(served, formOf([data, token, title]))))
  for (const { status_msg } of answers) assert.ok(['成功', '操作过于频繁，请稍后再试'].includes(status_msg), status_msg)
  assert.equal((await publish(served, formOf([data, token, title]))).status_code, 0)
})

/** Sends the head of a form and a part of its file, and leaves the socket to the test. */
async function begin(served: Served, head: string, length = 1_000_000) {
  const socket = connect(Number(new URL(served.url).port), '127.0.0.1')
  await once(socket, 'connect')
  const headers = ['POST /douyin/publish/action/ HTTP/1.1', 'Host: x', 'Content-Type: multipart/form-data; boundary=b']
  socket.write(`${[...headers, `Content-Length: ${length}`].join('\r\n')}\r\n\r\n${head}`)
  return socket
}

const field = (name: string, value: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
const file = '--b\r\nContent-Disposition: form-data; name="data"; filename="a.mp4"\r\n\r\nsome bytes'

test('a client that goes away half-way leaves nothing', async () => {
  const graph = aGraph()
  const failures: unknown[] = []
  const receive = graph.upload.bind(graph)
  graph.upload = (...args) =>
    receive(...args).catch((error) => {
      failures.push(error)
      throw error
    })
  await using served = await serveAdapter(graph)
  const known = await begin(served, field('token', 'good') + file)
  const unknown = await begin(served, file)
  await eventually(() => graph.calls.length === 1)
  known.destroy()
  unknown.destroy()
  await eventually(() => failures.length === 1)
  assert.deepEqual([graph.files, await served.waitingFiles()], [[], []])
  assert.deepEqual(
    graph.calls.map(({ name }) => name),
    ['CreateUpload'],
  )
  assert.equal((await publish(served, formOf([data, token, title]))).status_code, 0)
})

test('a form that ends inside its file is refused, and nothing is published', async () => {
  const graph = aGraph()
  await using served = await serveAdapter(graph)
  for (const head of [field('token', 'good') + file, file, field('token', 'good') + field('title', 'x') + file]) {
    const socket = await begin(served, head, Buffer.byteLength(head))
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /200 OK.*视频文件为空或不完整/s)
    socket.destroy()
  }
  assert.ok(!graph.calls.some(({ name }) => name === 'PublishVideo'))
})

test('a refused sender can finish sending, and gets its answer', async () => {
  await using served = await serveAdapter(aGraph())
  const rest = Buffer.alloc(900_000)
  const head = field('token', 'bad') + file
  const socket = await begin(served, head, Buffer.byteLength(head) + rest.length)
  const [answer] = await once(socket, 'data')
  assert.match(String(answer), /请先登录/)
  socket.write(rest)
  socket.write('GET /douyin/feed/ HTTP/1.1\r\nHost: x\r\n\r\n')
  const [next] = await once(socket, 'data')
  assert.match(String(next), /^HTTP\/1.1 200 OK/)
  socket.destroy()
})

test('a sender that falls silent is cut off, and leaves nothing', async () => {
  const graph = aGraph()
  await using served = await serveAdapter(graph, { stallMs: 50 })
  for (const head of [file, field('token', 'good') + file, field('token', 'good')]) {
    const socket = await begin(served, head)
    await closed(socket)
  }
  assert.deepEqual([graph.files, await served.waitingFiles()], [[], []])
  assert.equal((await publish(served, formOf([data, token, title]))).status_code, 0)
})
