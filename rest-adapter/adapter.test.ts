import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fastify } from 'fastify'
import { GraphQLError } from 'graphql'
import { errors } from '../kit/errors.ts'
import { aUser, aVideo, pagesOf, ScriptedGraph } from '../test/testkit/scripted-graph.ts'
import { serveAdapter } from '../test/testkit/serve-adapter.ts'
import { answerBadUrl } from './bad-url.ts'
import { routes } from './routes.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests read what they asked for
type Body = Record<string, any>

async function ask(url: string, init?: RequestInit): Promise<Body> {
  const response = await fetch(url, init)
  assert.equal(response.status, 200, url)
  assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8', url)
  const body = (await response.json()) as Body
  assert.equal(typeof body['status_code'], 'number', url)
  assert.equal(typeof body['status_msg'], 'string', url)
  return body
}

test('every endpoint answers with and without its slash, with doubled ones, and with no redirect', async () => {
  await using served = await serveAdapter(new ScriptedGraph())
  for (const { method, path } of routes)
    for (const spelling of [path, path.slice(0, -1), `/${path}`, path.replaceAll('/', '//')]) {
      const body = await ask(served.url + spelling, { method, redirect: 'error' })
      assert.notEqual(body['status_code'], 10005, `${spelling} is known`)
    }
})

test('unknown paths and wrong methods are answered in JSON', async () => {
  await using served = await serveAdapter(new ScriptedGraph())
  for (const path of [
    '/douyin',
    '/douyin/',
    '/douyin/nothing',
    '/douyin/feed/more/',
    '//douyin//x',
    `/douyin/${'x'.repeat(3000)}`,
  ]) {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      assert.equal((await ask(served.url + path, { method }))['status_msg'], '接口不存在', path)
  }
  for (const { method, path } of routes)
    assert.equal(
      (await ask(served.url + path, { method: method === 'GET' ? 'POST' : 'GET' }))['status_msg'],
      '请求方法不正确',
      path,
    )
})

test('a list that failed has its keys all the same', async () => {
  await using served = await serveAdapter(new ScriptedGraph(), { clock: () => 1_700_000_000_000 })
  const { status_code, status_msg, ...register } = await ask(`${served.url}/douyin/user/register/`, { method: 'POST' })
  assert.deepEqual(register, { user_id: 0, token: '' })
  assert.notEqual(status_code, 0)
  assert.equal(status_msg, '请输入用户名')
  assert.deepEqual((await ask(`${served.url}/douyin/favorite/list?user_id=x`))['video_list'], [])
  assert.deepEqual((await ask(`${served.url}/douyin/message/chat/`))['message_list'], [])
  assert.equal((await ask(`${served.url}/douyin/user/?token=bad`))['user'].id, 0)
})

test('an address may be as long as a body, and longer ones than any value are told what is wrong', async () => {
  await using served = await serveAdapter(new ScriptedGraph({ login: { token: 't', user: { id: 7 } } }))
  const text = encodeURIComponent('长'.repeat(6_000))
  const address = (name: string) => `${served.url}/douyin/user/login/?username=an&password=secret&${name}=${text}`
  assert.equal((await ask(address('nothing'), { method: 'POST' }))['status_code'], 0)
  assert.equal((await fetch(`${address('nothing')}${text}`, { method: 'POST' })).status, 431)
})

test('what is not UTF-8 is refused, wherever it stands', async () => {
  await using served = await serveAdapter(new ScriptedGraph({ login: { token: 't', user: { id: 7 } } }))
  const path = `${served.url}/douyin/user/login/`
  const query = 'username=an&password=%C4%E3%BA%C3'
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const parts = Buffer.from(
    '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n\xc4\xe3\xba\xc3\r\n--b--\r\n',
    'latin1',
  )
  const multipart = { 'content-type': 'multipart/form-data; boundary=b' }
  for (const answer of [
    await ask(`${path}?${query}`, { method: 'POST' }),
    await ask(path, { method: 'POST', body: query, headers: form }),
    await ask(`${path}?username=an`, { method: 'POST', body: parts, headers: multipart }),
  ])
    assert.equal(answer['status_msg'], '请求内容格式不正确')
  for (const password of ['%E4%BD%A0', '100%', '%25C4%25E3', '%zz'])
    assert.equal((await ask(`${path}?username=an&password=${password}`, { method: 'POST' }))['status_code'], 0)
})

test('bodies that make no sense are a fault of the request', async () => {
  await using served = await serveAdapter(new ScriptedGraph())
  const url = `${served.url}/douyin/user/login/`
  const post = (body: string, type: string) => ask(url, { method: 'POST', body, headers: { 'content-type': type } })
  assert.equal((await post('{"username":', 'application/json'))['status_msg'], '请求内容格式不正确')
  assert.equal((await post(`{"username":"${'x'.repeat(70_000)}"}`, 'application/json'))['status_msg'], '请求内容过大')
  assert.equal((await post('x'.repeat(70_000), 'application/x-www-form-urlencoded'))['status_msg'], '请求内容过大')
  for (const body of ['null', '[]', '"text"', '12', '', '{"__proto__":{"username":"a"}}'])
    assert.equal((await post(body, 'application/json'))['status_msg'], '请输入用户名', body)
  for (const [body, type] of [
    ['nonsense', 'multipart/form-data; boundary=b'],
    ['--b\r\nContent-Disposition: form-data; name="username"\r\n\r\nan', 'multipart/form-data; boundary=b'],
    ['x', 'multipart/form-data'],
    ['x', 'nonsense'],
  ] as const)
    assert.equal((await post(body, type))['status_msg'], '请求内容格式不正确', body)
  for (const type of ['text/plain', 'video/mp4'])
    assert.equal((await post('x'.repeat(100_000), type))['status_msg'], '请输入用户名', type)
})

test('parameters come from query, form, multipart and JSON alike', async () => {
  const session = { token: 't', user: { id: 7 } }
  const graph = new ScriptedGraph({ login: session })
  await using served = await serveAdapter(graph)
  const url = `${served.url}/douyin/user/login/`
  const fields = { username: '小明🎬', password: 'p&=+ %' }
  const query = new URLSearchParams(fields)
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  const json = { method: 'POST', body: JSON.stringify(fields), headers: { 'content-type': 'application/json' } }
  await ask(`${url}?${query}`, { method: 'POST' })
  await ask(url, { method: 'POST', body: query })
  await ask(url, { method: 'POST', body: form })
  await ask(url, json)
  await ask(`${url}?${query}`, { method: 'POST', body: new URLSearchParams({ username: 'other', password: 'other' }) })
  assert.equal(graph.calls.length, 5)
  for (const { variables } of graph.calls) assert.deepEqual({ ...variables }, { name: '小明🎬', password: 'p&=+ %' })
})

test('nulls of a part that does not answer become 0 and false', async () => {
  const author = aUser(3, { isFollow: null, followCount: null, totalFavorited: null })
  const nodes = [null, aVideo(1, { author, favoriteCount: null, isFavorite: null }), aVideo(2, { author: null })]
  const graph = new ScriptedGraph({ feed: { nodes, resumeBefore: '2026-01-31T08:00:00.123Z' } })
  await using served = await serveAdapter(graph)
  const body = await ask(`${served.url}/douyin/feed/`)
  assert.equal(body['status_code'], 0)
  assert.equal(body['next_time'], Date.UTC(2026, 0, 31, 8, 0, 0, 123))
  assert.deepEqual(
    body['video_list'].map((video: Body) => [video['id'], video['favorite_count'], video['is_favorite']]),
    [
      [1, 0, false],
      [2, 6, true],
    ],
  )
  assert.deepEqual(Object.values(body['video_list'][1].author), [0, '', 0, 0, false, '', '', '', 0, 0, 0])
  const { is_follow, follow_count, total_favorited } = body['video_list'][0].author
  assert.deepEqual([is_follow, follow_count, total_favorited], [false, 0, 0])
})

test('an empty page of the feed leads back to now', async () => {
  const now = Date.UTC(2026, 0, 31)
  await using served = await serveAdapter(new ScriptedGraph({ feed: { nodes: [], resumeBefore: null } }), {
    clock: () => now,
  })
  assert.deepEqual(await ask(`${served.url}/douyin/feed/`), {
    status_code: 0,
    status_msg: '成功',
    next_time: now,
    video_list: [],
  })
})

test('a bad token is nobody where none is needed, and refused elsewhere', async () => {
  const feed = { nodes: [], resumeBefore: null }
  const graph = new ScriptedGraph({ feed, viewer: null, user: aUser(1) })
  await using served = await serveAdapter(graph)
  assert.equal((await ask(`${served.url}/douyin/feed/?token=bad`))['status_code'], 0)
  assert.deepEqual(
    graph.calls.map(({ caller }) => caller.token),
    ['bad', null],
  )
  for (const { method, path, token } of routes.filter((route) => route.token !== 'none')) {
    const body = await ask(
      `${served.url}${path}?token=bad&user_id=1&video_id=1&to_user_id=1&action_type=1&comment_text=x&content=x`,
      { method },
    )
    if (token === 'required' && path !== '/douyin/publish/action/') assert.equal(body['status_msg'], '请先登录', path)
    const nobody = await ask(`${served.url}${path}?user_id=1&video_id=1&to_user_id=1&action_type=1`, { method })
    if (token === 'required') assert.equal(nobody['status_msg'], '请先登录', path)
  }
})

test('faults of the graph are told in Chinese, by what they are about', async () => {
  const fault = (error: Error) => ({
    favoriteVideo: () => {
      throw error
    },
  })
  const cases = [
    [errors.notFound('Video', 1), '视频不存在'],
    [errors.forbidden('no', 'Comment'), '只能删除自己的评论'],
    [errors.invalid('userId', 'self'), '不能关注自己'],
    [errors.invalid('something', 'else'), '参数错误'],
    [errors.invalid('constructor', 'else'), '参数错误'],
    [errors.tooManyRequests('login'), '操作过于频繁，请稍后再试'],
    [errors.unavailable('favorite'), '服务暂时不可用，请稍后再试'],
    [new GraphQLError('secret', { extensions: { code: 'UNKNOWN' } }), '服务器内部错误'],
    [new Error('secret'), '服务器内部错误'],
  ] as const
  const graph = new ScriptedGraph()
  await using served = await serveAdapter(graph)
  for (const [error, sentence] of cases) {
    graph.fields = fault(error)
    const body = await ask(`${served.url}/douyin/favorite/action/?token=t&video_id=1&action_type=1`, { method: 'POST' })
    assert.equal(body['status_msg'], sentence)
    assert.notEqual(body['status_code'], 0)
  }
})

test('a door that breaks its promise is an internal fault that tells nothing', async () => {
  const door = new ScriptedGraph()
  door.execute = () => Promise.reject(new TypeError('secret'))
  await using served = await serveAdapter(door)
  const body = await ask(`${served.url}/douyin/feed/`)
  assert.equal(body['status_code'], 10_500)
  assert.ok(!JSON.stringify(body).includes('secret'))
})

test('a list is read to its end, and up to 2,000 items', async () => {
  const graph = new ScriptedGraph({
    user: ({ id }: { id: string }) => aUser(Number(id), { followers: pagesOf(many(Number(id))) }),
  })
  const many = (count: number) => Array.from({ length: count }, (_, index) => aUser(index + 1))
  await using served = await serveAdapter(graph)
  for (const [count, operations, length] of [
    [99, 1, 99],
    [100, 1, 100],
    [250, 3, 250],
    [3_000, 20, 2_000],
  ] as const) {
    graph.calls.length = 0
    const body = await ask(`${served.url}/douyin/relation/follower/list/?user_id=${count}`)
    assert.equal(body['user_list'].length, length)
    assert.equal(graph.calls.length, operations)
  }
})

test('without user_id the lists are those of the token’s user', async () => {
  const graph = new ScriptedGraph({
    viewer: (_: unknown, { token }: { token: string | null }) => (token === null ? null : aUser(9)),
    user: ({ id }: { id: string }) => aUser(Number(id), { videos: pagesOf([aVideo(Number(id))]) }),
  })
  await using served = await serveAdapter(graph)
  assert.equal((await ask(`${served.url}/douyin/user/?token=t`))['user'].id, 9)
  assert.equal((await ask(`${served.url}/douyin/publish/list/?token=t`))['video_list'][0].id, 9)
  assert.equal((await ask(`${served.url}/douyin/publish/list/`))['status_msg'], '请先登录')
  assert.equal((await ask(`${served.url}/douyin/publish/list/?user_id=0`))['status_msg'], '用户编号不正确')
})

test('a friend tells who wrote last', async () => {
  const friends = [
    aUser(2, { latestMessage: { content: 'hi', sender: { id: 2 } } }),
    aUser(3, { latestMessage: { content: 'yo', sender: { id: 1 } } }),
    aUser(4, { latestMessage: null }),
  ]
  const graph = new ScriptedGraph({ user: aUser(1, { friends: pagesOf(friends) }) })
  await using served = await serveAdapter(graph)
  const { user_list } = await ask(`${served.url}/douyin/relation/friend/list/?user_id=1&token=t`)
  assert.deepEqual(
    user_list.map((friend: Body) => [friend['message'], friend['msgType']]),
    [
      ['hi', 0],
      ['yo', 1],
      ['', 0],
    ],
  )
})

test('a path that can’t be decoded is unknown in the old app’s way, and left to the server elsewhere', async () => {
  const app = fastify({ frameworkErrors: answerBadUrl })
  const ours = await app.inject('/douyin/%zz')
  assert.deepEqual([ours.statusCode, ours.json()], [200, { status_code: 10_005, status_msg: '接口不存在' }])
  assert.equal((await app.inject('/other/%zz')).statusCode, 400)
})
