import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Stack, startStack } from '../testkit/stack.ts'
import { type Account, type Answer, asGoFloat, LegacyClient } from './legacy-client.ts'

let stack: Stack
let client: LegacyClient
let anna: Account
let ben: Account
let video: number
let other: number

before(async () => {
  stack = await startStack()
  client = new LegacyClient(stack.url)
  anna = await client.register('anna')
  ben = await client.register('ben')
  video = await client.video(anna, 'one')
  other = await client.video(anna, 'another')
})
after(() => stack[Symbol.asyncDispose]())

const seen = async (id: number, token?: string): Promise<Answer> => {
  const { video_list } = await client.get('/douyin/feed/', {}, token)
  return video_list.find((each: Answer) => each['id'] === id)
}
const userOf = async (account: Account, by = account): Promise<Answer> =>
  (await client.get('/douyin/user/', { user_id: account.id }, by.token))['user']
const like = (action_type: 1 | 2, by: Account, video_id: number | string = video) =>
  client.do('/douyin/favorite/action/', { video_id, action_type }, by.token)

describe('empty lists', () => {
  for (const [path, key] of [
    ['publish/list', 'video_list'],
    ['favorite/list', 'video_list'],
    ['relation/follow/list', 'user_list'],
    ['relation/follower/list', 'user_list'],
    ['relation/friend/list', 'user_list'],
  ] as const)
    test(`${path} of a new user is []`, async () => {
      const { id, token } = await client.register(`new for ${path.replaceAll('/', ' ')}`.slice(0, 32))
      assert.deepEqual((await client.get(`/douyin/${path}/`, { user_id: id }, token))[key], [])
    })

  test('comments of a new video and a chat that never was are []', async () => {
    assert.deepEqual((await client.get('/douyin/comment/list/', { video_id: other }))['comment_list'], [])
    const chat = await client.get('/douyin/message/chat/', { to_user_id: ben.id }, anna.token)
    assert.deepEqual(chat['message_list'], [])
  })
})

describe('likes', () => {
  test('50 of one user at once count as one, and as none when they are taken back', async () => {
    await Promise.all(Array.from({ length: 50 }, () => like(1, ben)))
    assert.deepEqual([(await seen(video))['favorite_count'], (await seen(video, ben.token))['is_favorite']], [1, true])
    assert.deepEqual([(await userOf(ben))['favorite_count'], (await userOf(anna))['total_favorited']], [1, 1])
    await Promise.all(Array.from({ length: 50 }, () => like(2, ben)))
    assert.deepEqual([(await seen(video))['favorite_count'], (await seen(video, ben.token))['is_favorite']], [0, false])
    assert.deepEqual([(await userOf(ben))['favorite_count'], (await userOf(anna))['total_favorited']], [0, 0])
  })

  test('an id may be spelled like a floating point number', async () => {
    await like(1, ben, asGoFloat(video))
    assert.equal((await seen(video))['favorite_count'], 1)
    await like(2, ben, asGoFloat(video).replace('+', ' '))
  })

  test('the list is in the order of liking, also with one’s own videos', async () => {
    for (const id of [other, video]) await like(1, anna, id)
    const { video_list } = await client.get('/douyin/favorite/list/', { user_id: anna.id }, ben.token)
    assert.deepEqual(
      video_list.map((each: Answer) => [each['id'], each['is_favorite']]),
      [
        [video, false],
        [other, false],
      ],
    )
  })
})

describe('comments', () => {
  const write = async (by: Account, comment_text: string, video_id = video): Promise<Answer> =>
    (await client.do('/douyin/comment/action/', { video_id, action_type: 1, comment_text }, by.token))['comment']
  const remove = (by: Account, comment_id: number, video_id = video) =>
    client.post('/douyin/comment/action/', { video_id, action_type: 2, comment_id }, by.token)

  test('come newest first, with their author and their day', async () => {
    for (const text of ['first', '第二 😀', 'third']) await write(ben, text)
    const { comment_list } = await client.get('/douyin/comment/list/', { video_id: video })
    assert.deepEqual(
      comment_list.map((each: Answer) => each['content']),
      ['third', '第二 😀', 'first'],
    )
    const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(5, 10)
    for (const { user, create_date } of comment_list) assert.deepEqual([user.name, create_date], ['ben', today])
    assert.equal((await seen(video))['comment_count'], 3)
  })

  test('are deleted by their author alone, and only under their own video', async () => {
    const { id } = await write(ben, 'mine', other)
    assert.equal((await remove(anna, id, other))['status_msg'], '只能删除自己的评论')
    assert.equal((await remove(ben, id, video))['status_msg'], '评论不存在')
    assert.equal((await seen(other))['comment_count'], 1)
    assert.deepEqual(await remove(ben, id, other), { status_code: 0, status_msg: '成功' })
    assert.equal((await seen(other))['comment_count'], 0)
  })
})

describe('follows', () => {
  const follow = (action_type: 1 | 2, by: Account, whom: Account) =>
    client.do('/douyin/relation/action/', { to_user_id: whom.id, action_type }, by.token)

  test('repeated, they move no counter', async () => {
    await Promise.all(Array.from({ length: 20 }, () => follow(1, anna, ben)))
    assert.deepEqual([(await userOf(anna))['follow_count'], (await userOf(ben))['follower_count']], [1, 1])
    assert.deepEqual([(await userOf(ben, anna))['is_follow'], (await userOf(anna, ben))['is_follow']], [true, false])
    await Promise.all(Array.from({ length: 20 }, () => follow(2, anna, ben)))
    assert.deepEqual([(await userOf(anna))['follow_count'], (await userOf(ben))['follower_count']], [0, 0])
  })

  test('both ways make friends, with the last message and who wrote it', async () => {
    await follow(1, anna, ben)
    await follow(1, ben, anna)
    const friendsOf = async ({ id, token }: Account) =>
      (await client.get('/douyin/relation/friend/list/', { user_id: id }, token))['user_list'].map((each: Answer) => [
        each['name'],
        each['message'],
        each['msgType'],
        each['is_follow'],
      ])
    assert.deepEqual(await friendsOf(anna), [['ben', '', 0, true]])
    await client.do('/douyin/message/action/', { to_user_id: ben.id, action_type: 1, content: 'hi' }, anna.token)
    assert.deepEqual(
      [await friendsOf(anna), await friendsOf(ben)],
      [[['ben', 'hi', 1, true]], [['anna', 'hi', 0, true]]],
    )
    await client.do('/douyin/message/action/', { to_user_id: anna.id, action_type: 1, content: 'yo' }, ben.token)
    assert.deepEqual(
      [await friendsOf(anna), await friendsOf(ben)],
      [[['ben', 'yo', 0, true]], [['anna', 'yo', 1, true]]],
    )
  })
})
