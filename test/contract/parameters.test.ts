import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { routes } from '../../rest-adapter/routes.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { type Account, type Answer, answerOf, type Fields, LegacyClient } from './legacy-client.ts'

let stack: Stack
let client: LegacyClient
let anna: Account
let ben: Account
let video: number

before(async () => {
  stack = await startStack()
  client = new LegacyClient(stack.url)
  anna = await client.register('anna')
  ben = await client.register('ben')
  video = await client.video(anna, 'about')
})
after(() => stack[Symbol.asyncDispose]())

/** What makes each endpoint answer 0; the name of a user to register has to be new each time. */
let counter = 0
function goodFields(path: string): Fields {
  const token = anna.token
  const fields: Record<string, Fields> = {
    '/douyin/feed/': { token },
    '/douyin/user/register/': { username: `new ${counter++}`, password: '小😀 &=+%' },
    '/douyin/user/login/': { username: 'anna', password: '123456' },
    '/douyin/user/': { user_id: ben.id, token },
    '/douyin/publish/list/': { user_id: anna.id, token },
    '/douyin/favorite/action/': { video_id: video, action_type: 1, token },
    '/douyin/favorite/list/': { user_id: anna.id, token },
    '/douyin/comment/action/': { video_id: video, action_type: 1, comment_text: '好 & +%😀', token },
    '/douyin/comment/list/': { video_id: video, token },
    '/douyin/relation/action/': { to_user_id: ben.id, action_type: 1, token },
    '/douyin/relation/follow/list/': { user_id: anna.id, token },
    '/douyin/relation/follower/list/': { user_id: anna.id, token },
    '/douyin/relation/friend/list/': { user_id: anna.id, token },
    '/douyin/message/chat/': { to_user_id: ben.id, token },
    '/douyin/message/action/': { to_user_id: ben.id, action_type: 1, content: '你好 & +%', token },
  }
  return fields[path] ?? {}
}

const texts = (fields: Fields) => Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)])
const searchOf = (fields: Fields) => new URLSearchParams(texts(fields))

function formOf(fields: Fields): FormData {
  const form = new FormData()
  for (const [name, value] of texts(fields)) form.append(name, value)
  return form
}

const post = async (path: string, init: RequestInit, query = '') =>
  answerOf(await fetch(`${stack.url}${path}${query}`, { method: 'POST', ...init }))

const json = (fields: Fields) => ({ body: JSON.stringify(fields), headers: { 'content-type': 'application/json' } })

describe('endpoints', () => {
  for (const { method, path } of routes.filter((route) => !route.file))
    test(`${path} works with and without its slash, and with doubled ones`, async () => {
      for (const spelling of [path, path.slice(0, -1), `/${path}`, path.replaceAll('/', '//')]) {
        const answer = await client[method === 'GET' ? 'get' : 'post'](spelling, goodFields(path))
        assert.equal(answer['status_code'], 0, `${spelling}: ${answer['status_msg']}`)
      }
    })

  for (const { path } of routes.filter((route) => route.method === 'POST' && !route.file))
    test(`${path} takes its parameters from query, forms and JSON`, async () => {
      const answers: Answer[] = [
        await post(path, {}, `?${searchOf(goodFields(path))}`),
        await post(path, { body: searchOf(goodFields(path)) }),
        await post(path, { body: formOf(goodFields(path)) }),
        await post(path, json(goodFields(path))),
      ]
      const both = goodFields(path)
      answers.push(await post(path, { body: searchOf(both) }, `?${searchOf(both)}`))
      answers.push(
        await post(path, json({ video_id: 'x', action_type: 9, username: '' }), `?${searchOf(goodFields(path))}`),
      )
      for (const answer of answers) assert.equal(answer['status_code'], 0, answer['status_msg'])
    })

  test('a token is taken from the Authorization header too, with and without Bearer', async () => {
    for (const authorization of [`Bearer ${anna.token}`, `bearer ${anna.token}`, anna.token]) {
      const answer = await answerOf(await fetch(`${stack.url}/douyin/user/`, { headers: { authorization } }))
      assert.equal(answer['user'].name, 'anna')
    }
    assert.equal((await client.get('/douyin/user/', {}, `Bearer ${anna.token}`))['user'].name, 'anna')
  })
})

describe('tokens', () => {
  for (const { method, path, token } of routes)
    test(`${path} answers a bad token, an empty one and none`, async () => {
      const { token: _, ...fields } = goodFields(path)
      const ask = (bad: string | undefined) => {
        if (path === '/douyin/publish/action/') return client.publish(bad, 'x')
        const sent = path === '/douyin/user/register/' ? goodFields(path) : fields
        return client[method === 'GET' ? 'get' : 'post'](path, sent, bad)
      }
      for (const bad of ['garbage', `${anna.token}x`, 'eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.', '', undefined]) {
        const answer = await ask(bad)
        const expected = token === 'required' ? [10_002, '请先登录'] : [0, '成功']
        assert.deepEqual([answer['status_code'], answer['status_msg']], expected, String(bad))
      }
    })

  test('whose likes and follows are seen depends on the token only', async () => {
    await client.do('/douyin/favorite/action/', { video_id: video, action_type: 1 }, ben.token)
    const seenBy = async (token?: string) => {
      const { video_list } = await client.get('/douyin/favorite/list/', { user_id: ben.id, actor_id: ben.id }, token)
      return video_list.map((each: Answer) => each['is_favorite'])
    }
    assert.deepEqual(await seenBy(ben.token), [true])
    assert.deepEqual(await seenBy(), [false])
    assert.deepEqual(await seenBy('garbage'), [false])
  })
})

describe('bad input', () => {
  const cases: readonly (readonly [string, string, Fields, string])[] = [
    ['POST', '/douyin/favorite/action/', { video_id: 1, action_type: 1 }, '视频不存在'],
    ['POST', '/douyin/favorite/action/', { video_id: 'x', action_type: 1 }, '视频编号不正确'],
    ['POST', '/douyin/favorite/action/', { video_id: '9007199254740993', action_type: 1 }, '视频编号不正确'],
    ['POST', '/douyin/favorite/action/', { video_id: '1.5', action_type: 1 }, '视频编号不正确'],
    ['POST', '/douyin/favorite/action/', { action_type: 1 }, '视频编号不正确'],
    ['POST', '/douyin/favorite/action/', { video_id: 1, action_type: 3 }, '不支持的操作类型'],
    ['POST', '/douyin/favorite/action/', { video_id: 1 }, '不支持的操作类型'],
    ['POST', '/douyin/comment/action/', { video_id: 1, action_type: 1, comment_text: 'x' }, '视频不存在'],
    ['POST', '/douyin/comment/action/', { video_id: 1, action_type: 1 }, '请输入评论内容'],
    [
      'POST',
      '/douyin/comment/action/',
      { video_id: 1, action_type: 1, comment_text: '  ' },
      '评论内容须为 1 至 1000 个字',
    ],
    ['POST', '/douyin/comment/action/', { video_id: 1, action_type: 2 }, '评论编号不正确'],
    ['GET', '/douyin/comment/list/', { video_id: 1 }, '视频不存在'],
    ['POST', '/douyin/relation/action/', { to_user_id: 1, action_type: 1 }, '用户不存在'],
    ['POST', '/douyin/message/action/', { to_user_id: 1, action_type: 1, content: 'x' }, '用户不存在'],
    ['POST', '/douyin/message/action/', { to_user_id: 1, action_type: 1, content: ' ' }, '消息内容须为 1 至 1000 个字'],
    ['POST', '/douyin/message/action/', { to_user_id: 1, action_type: 2, content: 'x' }, '不支持的操作类型'],
    ['GET', '/douyin/user/', { user_id: 1 }, '用户不存在'],
    ['GET', '/douyin/user/', { user_id: -1 }, '用户编号不正确'],
    ['GET', '/douyin/publish/list/', { user_id: 1 }, '用户不存在'],
    ['GET', '/douyin/favorite/list/', { user_id: 1 }, '用户不存在'],
    ['GET', '/douyin/relation/follow/list/', { user_id: 1 }, '用户不存在'],
  ]
  for (const [method, path, fields, sentence] of cases)
    test(`${path} with ${JSON.stringify(fields)} says ${sentence}`, async () => {
      const answer = await client[method === 'GET' ? 'get' : 'post'](path, fields, anna.token)
      assert.equal(answer['status_msg'], sentence)
      assert.notEqual(answer['status_code'], 0)
    })

  test('nobody follows itself or writes to itself', async () => {
    const follow = await client.post('/douyin/relation/action/', { to_user_id: anna.id, action_type: 1 }, anna.token)
    assert.equal(follow['status_msg'], '不能关注自己')
    const fields = { to_user_id: anna.id, action_type: 1, content: 'x' }
    assert.equal((await client.post('/douyin/message/action/', fields, anna.token))['status_msg'], '不能给自己发消息')
  })

  test('a file that is no video, and a title that is too long, are refused', async () => {
    const publish = async (file: string, title: string) => {
      const form = formOf({ token: anna.token, title })
      form.append('data', new Blob([file]), 'bear.mp4')
      return (await post('/douyin/publish/action/', { body: form }))['status_msg']
    }
    assert.equal(await publish('<html>not a video</html>', 'x'), '不是有效的视频文件')
    assert.equal((await client.publish(anna.token, '长'.repeat(201)))['status_msg'], '标题须为 1 至 200 个字')
    assert.equal((await client.get('/douyin/publish/list/', { user_id: anna.id }))['video_list'].length, 1)
  })
})
