import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { HttpGraphDoor } from '../../rest-adapter/gateway-client.ts'
import { type Served, serveAdapter } from '../testkit/serve-adapter.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { LegacyClient } from './legacy-client.ts'

/** The adapter in a process of its own, in front of a gateway that it reaches over HTTP. */
let stack: Stack
let door: HttpGraphDoor
let served: Served
let client: LegacyClient

before(async () => {
  stack = await startStack()
  door = new HttpGraphDoor(stack.url)
  served = await serveAdapter(door)
  client = new LegacyClient(served.url)
})
after(async () => {
  await served[Symbol.asyncDispose]()
  await door[Symbol.asyncDispose]()
  await stack[Symbol.asyncDispose]()
})

test('an account publishes, likes and comments through it, and the gateway knows', async () => {
  const anna = await client.register('anna')
  const video = await client.video(anna, 'apart')
  await client.do('/douyin/favorite/action/', { video_id: video, action_type: 1 }, anna.token)
  await client.do('/douyin/comment/action/', { video_id: video, action_type: 1, comment_text: '好' }, anna.token)
  const [seen] = (await client.get('/douyin/feed/', {}, anna.token))['video_list']
  assert.deepEqual([seen.id, seen.favorite_count, seen.comment_count, seen.is_favorite], [video, 1, 1, true])
  assert.ok(seen.play_url.startsWith(`${served.url}/`), 'under the name by which the client came')
  const [same] = (await new LegacyClient(stack.url).get('/douyin/feed/'))['video_list']
  assert.deepEqual([same.id, same.favorite_count], [video, 1])
})

test('faults keep their codes on the way', async () => {
  const { token } = await client.register('ben')
  assert.equal(
    (await client.post('/douyin/user/register/', { username: 'ben', password: 'x' }))['status_msg'],
    '用户名已存在',
  )
  assert.equal((await client.get('/douyin/user/', {}, `${token}x`))['status_msg'], '请先登录')
  assert.equal((await client.get('/douyin/comment/list/', { video_id: 1 }))['status_msg'], '视频不存在')
  assert.equal((await client.get('/douyin/feed/', {}, 'garbage'))['status_code'], 0)
})

test('while the gateway is away requests are answered at once, and afterwards they work again', async () => {
  await stack.kill9()
  const answer = await client.get('/douyin/feed/')
  assert.deepEqual([answer['status_msg'], answer['video_list']], ['服务暂时不可用，请稍后再试', []])
  await stack.start()
  assert.equal((await client.get('/douyin/feed/'))['video_list'].length, 1)
})
