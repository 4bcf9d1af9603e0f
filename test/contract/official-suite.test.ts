import assert from 'node:assert/strict'
import { openAsBlob } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { type Stack, startStack } from '../testkit/stack.ts'
import { type Answer, answerOf, asGoFloat, LegacyClient } from './legacy-client.ts'

/**
 * The steps of the contract's own test suite, with its habits: parameters in query and form at once, ids kept as floating
 * point numbers, likes and follows that are never taken back, and accounts that stay. So it has to pass again on the same
 * data.
 */
let stack: Stack
let client: LegacyClient

before(async () => {
  stack = await startStack()
  client = new LegacyClient(stack.url)
  // The suite's first step wants a feed with something in it.
  await client.video(await client.register('someone'), 'first')
})
after(() => stack[Symbol.asyncDispose]())

/** In the query and, with POST, in the form as well. */
async function call(method: 'GET' | 'POST', path: string, fields: Record<string, string>): Promise<Answer> {
  const query = new URLSearchParams(fields)
  const form = method === 'POST' ? { body: new URLSearchParams(fields) } : {}
  return answerOf(await fetch(`${stack.url}${path}?${query}`, { method, ...form }))
}

async function userOf(name: string): Promise<{ id: string; token: string }> {
  const fields = { username: name, password: name }
  const registered = await call('POST', '/douyin/user/register/', fields)
  assert.equal(typeof registered['token'], 'string', 'also when the name is taken')
  const session = registered['token'] === '' ? await call('POST', '/douyin/user/login/', fields) : registered
  assert.ok(session['token'].length > 0)
  return { id: String(session['user_id']), token: session['token'] }
}

function assertVideos(list: Answer[]) {
  assert.ok(list.length > 0)
  for (const { id, author, play_url, cover_url } of list) {
    assert.ok(id > 0 && author.id > 0)
    assert.match(play_url, /^http:\/\/127\.0\.0\.1:\d+\/./)
    assert.match(cover_url, /^http:\/\/127\.0\.0\.1:\d+\/./)
  }
}

const ok = (answer: Answer): Answer => {
  assert.equal(answer['status_code'], 0, answer['status_msg'])
  return answer
}

for (const run of ['first', 'second'])
  describe(`the ${run} run`, () => {
    test('the feed has videos, for nobody', async () => {
      assertVideos(ok(await call('GET', '/douyin/feed/', {}))['video_list'])
    })

    test('a new user registers, logs in and is read by token alone', async () => {
      const name = `douyin${run}${process.pid}`
      const fields = { username: name, password: name }
      const registered = ok(await call('POST', '/douyin/user/register/', fields))
      assert.ok(registered['user_id'] > 0 && registered['token'].length > 0)
      const { user_id, token } = ok(await call('POST', '/douyin/user/login/', fields))
      assert.equal(user_id, registered['user_id'])
      const { user } = ok(await call('GET', '/douyin/user/', { token }))
      assert.deepEqual([user.id, user.name], [user_id, name])
    })

    test('a published video is in the list at once, and plays', async () => {
      const { id, token } = await userOf('douyinTestUserA')
      const form = new FormData()
      form.append('data', await openAsBlob(new URL('../media/bear.mp4', import.meta.url)), 'bear.mp4')
      form.append('token', token)
      form.append('title', 'Bear')
      ok(await answerOf(await fetch(`${stack.url}/douyin/publish/action/`, { method: 'POST', body: form })))
      const { video_list } = ok(await call('GET', '/douyin/publish/list/', { user_id: id, token }))
      assertVideos(video_list)
      assert.equal(video_list.length, run === 'first' ? 1 : 2)
      const part = await fetch(video_list[0].play_url, { headers: { range: 'bytes=100-199' } })
      assert.deepEqual([part.status, (await part.bytes()).length], [206, 100])
      const cover = await fetch(video_list[0].cover_url)
      assert.deepEqual([cover.status, cover.headers.get('content-type')], [200, 'image/jpeg'])
    })

    test('a video is liked again and again', async () => {
      const { id, token } = await userOf('douyinTestUserA')
      const [video] = ok(await call('GET', '/douyin/feed/', {}))['video_list']
      const fields = { token, video_id: asGoFloat(video.id), action_type: '1' }
      ok(await call('POST', '/douyin/favorite/action/', fields))
      const { video_list } = ok(await call('GET', '/douyin/favorite/list/', { token, user_id: id }))
      assertVideos(video_list)
      assert.deepEqual([video_list[0].id, video_list[0].is_favorite, video_list[0].favorite_count], [video.id, true, 1])
    })

    test('a comment is written, found and deleted', async () => {
      const { token } = await userOf('douyinTestUserA')
      const [video] = ok(await call('GET', '/douyin/feed/', {}))['video_list']
      const about = { token, video_id: asGoFloat(video.id) }
      const fields = { ...about, action_type: '1', comment_text: '测试评论' }
      const { comment } = ok(await call('POST', '/douyin/comment/action/', fields))
      assert.ok(comment.id > 0)
      const { comment_list } = ok(await call('GET', '/douyin/comment/list/', about))
      const found = comment_list.find(({ id }: Answer) => id === comment.id)
      assert.equal(found.content, '测试评论')
      assert.match(found.create_date, /^\d\d-\d\d$/)
      assert.ok(found.user.id > 0)
      ok(await call('POST', '/douyin/comment/action/', { ...about, action_type: '2', comment_id: String(comment.id) }))
      assert.deepEqual(ok(await call('GET', '/douyin/comment/list/', about))['comment_list'], [])
    })

    test('A follows B again and again, and both lists show it', async () => {
      const [a, b] = [await userOf('douyinTestUserA'), await userOf('douyinTestUserB')]
      ok(await call('POST', '/douyin/relation/action/', { token: a.token, to_user_id: b.id, action_type: '1' }))
      const follow = ok(await call('GET', '/douyin/relation/follow/list/', { token: a.token, user_id: a.id }))[
        'user_list'
      ]
      assert.deepEqual(
        follow.map((user: Answer) => [String(user['id']), user['is_follow']]),
        [[b.id, true]],
      )
      const follower = ok(await call('GET', '/douyin/relation/follower/list/', { token: b.token, user_id: b.id }))[
        'user_list'
      ]
      assert.deepEqual(
        follower.map((user: Answer) => [String(user['id']), user['follow_count']]),
        [[a.id, 1]],
      )
    })

    test('A and B, who are no friends, chat', async () => {
      const [a, b] = [await userOf('douyinTestUserA'), await userOf('douyinTestUserB')]
      for (const [from, to, content] of [
        [a, b, 'Send to UserB'],
        [b, a, 'Send to UserA'],
      ] as const) {
        const path = `/douyin/message/action/?content=${encodeURIComponent(content)}`
        const query = new URLSearchParams({ token: from.token, to_user_id: to.id, action_type: '1', content })
        ok(await answerOf(await fetch(`${stack.url}${path}&${query}`, { method: 'POST', body: query })))
      }
      for (const [who, other] of [
        [a, b],
        [b, a],
      ] as const) {
        const { message_list } = ok(
          await call('GET', '/douyin/message/chat/', { token: who.token, to_user_id: other.id }),
        )
        assert.deepEqual(
          message_list.slice(-2).map((message: Answer) => message['content']),
          ['Send to UserB', 'Send to UserA'],
        )
      }
    })
  })
