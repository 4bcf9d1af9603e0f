import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import sharp from 'sharp'
import { type Account, LegacyClient } from './contract/legacy-client.ts'
import { graphql } from './testkit/graphql.ts'
import { testStack } from './testkit/required.ts'
import { type StackKind, skipStack, stacks, startStack } from './testkit/stack.ts'

/** Where no stack is asked for, the way of most users is gone on all of them. */
const kinds: readonly StackKind[] = testStack === 'embedded' ? stacks : [testStack]

for (const kind of kinds)
  describe(`the journey of two people, ${kind}`, { skip: skipStack(kind) }, () => {
    test('from registering to chatting in the old app, and the same state in the graph', async () => {
      await using stack = await startStack({ kind })
      const app = new LegacyClient(stack.url)
      const [ann, bob] = [await app.register('安'), await app.register('bob')]
      const video = await app.video(ann, '一只熊')

      for (const { token } of [ann, bob]) {
        const { video_list: feed } = await app.get('/douyin/feed/', {}, token)
        assert.equal(feed.length, 1)
        assert.deepEqual([feed[0].id, feed[0].title, feed[0].author.name], [video, '一只熊', '安'])
        await assertPlays(feed[0].play_url)
        await assertIsFrame(feed[0].cover_url)
      }

      await app.do('/douyin/favorite/action/', { video_id: video, action_type: 1 }, bob.token)
      await app.do('/douyin/comment/action/', { video_id: video, action_type: 1, comment_text: '好看！' }, bob.token)
      await app.do('/douyin/relation/action/', { to_user_id: ann.id, action_type: 1 }, bob.token)
      await app.do('/douyin/relation/action/', { to_user_id: bob.id, action_type: 1 }, ann.token)
      await app.do('/douyin/message/action/', { to_user_id: bob.id, action_type: 1, content: '你好' }, ann.token)
      const { user_list: friends } = await app.get('/douyin/relation/friend/list/', { user_id: bob.id }, bob.token)
      assert.deepEqual(
        friends.map((friend: { name: string; message: string; msgType: number }) => [
          friend.name,
          friend.message,
          friend.msgType,
        ]),
        [['安', '你好', 0]],
      )

      const { data, errors } = await graphql(
        stack.url,
        `{ feed { nodes { id title favoriteCount commentCount isFavorite comments { nodes { text author { name } } }
             author { name isFollow followerCount followCount totalFavorited workCount } } }
           viewer { favorites { nodes { id } } friends { nodes { name latestMessage { content sender { name } } } } }
           conversation(with: "${ann.id}") { messages(first: 10) { nodes { content } } } }`,
        { token: bob.token },
      )
      assert.equal(errors, undefined)
      assert.deepEqual(data, {
        feed: {
          nodes: [
            {
              id: String(video),
              title: '一只熊',
              favoriteCount: 1,
              commentCount: 1,
              isFavorite: true,
              comments: { nodes: [{ text: '好看！', author: { name: 'bob' } }] },
              author: { name: '安', isFollow: true, followerCount: 1, followCount: 1, totalFavorited: 1, workCount: 1 },
            },
          ],
        },
        viewer: {
          favorites: { nodes: [{ id: String(video) }] },
          friends: { nodes: [{ name: '安', latestMessage: { content: '你好', sender: { name: '安' } } }] },
        },
        conversation: { messages: { nodes: [{ content: '你好' }] } },
      })
    })
  })

describe('the journey of two people', () => {
  test('deleting a video takes its likes, comments and files along, in every subgraph', async () => {
    await using stack = await startStack()
    const app = new LegacyClient(stack.url)
    const [ann, bob] = [await app.register('ann'), await app.register('bob')]
    const video = await app.video(ann, 'short-lived')
    await app.do('/douyin/favorite/action/', { video_id: video, action_type: 1 }, bob.token)
    await app.do('/douyin/comment/action/', { video_id: video, action_type: 1, comment_text: 'hi' }, bob.token)
    const { video_list: feed } = await app.get('/douyin/feed/')
    const remove =
      'mutation ($id: ID!) { deleteVideo(input: { videoId: $id }) { videoId author { workCount totalFavorited } } }'
    for (let n = 0; n < 2; n++) {
      const { data } = await graphql(stack.url, remove, { token: ann.token, variables: { id: String(video) } })
      assert.deepEqual(data['deleteVideo'], { videoId: String(video), author: { workCount: 0, totalFavorited: 0 } })
    }
    assert.deepEqual((await app.get('/douyin/feed/'))['video_list'], [])
    assert.deepEqual((await app.get('/douyin/favorite/list/', { user_id: bob.id }))['video_list'], [])
    assert.notEqual((await app.get('/douyin/comment/list/', { video_id: video }))['status_code'], 500)
    for (const url of [feed[0].play_url, feed[0].cover_url]) assert.equal((await fetch(url)).status, 404)
  })

  test('kill -9 in the middle of writes loses nothing that was acknowledged', async () => {
    await using stack = await startStack()
    const app = new LegacyClient(stack.url)
    const people: Account[] = []
    for (let n = 0; n < 8; n++) people.push(await app.register(`p${n}`))
    const [ann] = people
    assert.ok(ann)
    const video = await app.video(ann, 'survives')
    const known = { likes: 0, follows: 0, comments: [] as string[], messages: [] as string[] }
    let writing = true
    const writer = async (me: Account, n: number) => {
      const act = async (path: string, fields: Record<string, string | number>, acknowledged: () => void) => {
        const answer = await app.post(path, fields, me.token).catch(() => null) // it dies under us
        if (answer?.['status_code'] === 0) acknowledged()
      }
      await act('/douyin/favorite/action/', { video_id: video, action_type: 1 }, () => known.likes++)
      if (me !== ann)
        await act('/douyin/relation/action/', { to_user_id: ann.id, action_type: 1 }, () => known.follows++)
      for (let round = 0; writing; round++) {
        const text = `${n}-${round}`
        await act('/douyin/comment/action/', { video_id: video, action_type: 1, comment_text: text }, () =>
          known.comments.push(text),
        )
        const to = people[(n + 1) % people.length]
        if (to)
          await act('/douyin/message/action/', { to_user_id: to.id, action_type: 1, content: text }, () =>
            known.messages.push(text),
          )
      }
    }
    const writers = people.map(writer)
    while (known.comments.length < 200) await new Promise(setImmediate)
    await stack.kill9()
    writing = false
    await Promise.all(writers)
    await stack.start()

    const { data } = await graphql(
      stack.url,
      `{ video(id: "${video}") { favoriteCount commentCount } user(id: "${ann.id}") { followerCount } }`,
    )
    const { comment_list: comments } = await app.get('/douyin/comment/list/', { video_id: video })
    const texts = new Set(comments.map((comment: { content: string }) => comment.content))
    assert.deepEqual(
      known.comments.filter((text) => !texts.has(text)),
      [],
    )
    assert.equal(data['video'].commentCount, comments.length)
    assert.ok(data['video'].favoriteCount >= known.likes && data['user'].followerCount >= known.follows)
    const found = new Set<string>()
    for (const [n, me] of people.entries()) {
      const to = people[(n + 1) % people.length]
      const { message_list: chat } = await app.get('/douyin/message/chat/', { to_user_id: to?.id ?? 0 }, me.token)
      for (const message of chat) found.add(message.content)
    }
    assert.deepEqual(
      known.messages.filter((text) => !found.has(text)),
      [],
    )
  })
})

/** Plays from the middle, as a player does that seeks. */
async function assertPlays(url: string): Promise<void> {
  const part = await fetch(url, { headers: { range: 'bytes=100000-100099' } })
  assert.equal(part.status, 206)
  assert.equal(part.headers.get('content-type'), 'video/mp4')
  assert.equal((await part.bytes()).length, 100)
}

/** A picture with something on it. */
async function assertIsFrame(url: string): Promise<void> {
  const picture = sharp(await (await fetch(url)).bytes())
  const [{ format, width, height }, { entropy }] = [await picture.metadata(), await picture.stats()]
  assert.equal(format, 'jpeg')
  assert.ok(width > 100 && height > 50 && entropy > 3, `${width}×${height}, entropy ${entropy}`)
}
