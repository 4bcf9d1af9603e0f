import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { subgraphNames } from '../../schema/subgraph-names.ts'
import { type Account, LegacyClient } from '../contract/legacy-client.ts'
import { graphql } from '../testkit/graphql.ts'
import { skipStack, startStack } from '../testkit/stack.ts'

/** More than the two seconds for which a process of ours keeps an idle connection to another. */
const drainMs = 3_000

/** Writes and reads through both doors until told to stop. @returns what failed */
function load(url: string, people: readonly Account[], video: number) {
  const app = new LegacyClient(url)
  const failures: string[] = []
  let running = true
  let done = 0
  const attempt = async (what: string, work: () => Promise<unknown>) => {
    try {
      await work()
      done++
    } catch (error) {
      failures.push(`${what}: ${error}`)
    }
  }
  const asks = async (query: string, token: string) => {
    const { errors } = await graphql(url, query, { token })
    assert.deepEqual(errors ?? [], [])
  }
  const client = async (me: Account, n: number) => {
    const friend = people[(n + 1) % people.length]?.id ?? 0
    const sets = (path: string, field: string, id: number, round: number) =>
      app.do(path, { [field]: id, action_type: 1 + (round % 2) }, me.token)
    for (let round = 0; running; round++) {
      await attempt('like', () => sets('/douyin/favorite/action/', 'video_id', video, round))
      await attempt('follow', () => sets('/douyin/relation/action/', 'to_user_id', friend, round))
      const comment = { video_id: video, action_type: 1, comment_text: `${n}-${round}` }
      await attempt('comment', () => app.do('/douyin/comment/action/', comment, me.token))
      const message = { to_user_id: friend, action_type: 1, content: `${n}-${round}` }
      await attempt('message', () => app.do('/douyin/message/action/', message, me.token))
      await attempt('feed', async () => {
        const { status_msg, video_list } = await app.get('/douyin/feed/', {}, me.token)
        assert.deepEqual([status_msg, video_list.length], ['成功', 1])
      })
      await attempt('query', () =>
        asks(
          '{ viewer { id friends { nodes { name latestMessage { content } } } } feed { nodes { likes: favoriteCount } } }',
          me.token,
        ),
      )
      const verb = round % 2 ? 'unfavoriteVideo' : 'favoriteVideo'
      await attempt('mutation', () =>
        asks(`mutation { ${verb}(input: { videoId: "${video}" }) { video { favoriteCount } } }`, me.token),
      )
    }
  }
  const clients = people.map(client)
  return async () => {
    running = false
    await Promise.all(clients)
    return { failures, done }
  }
}

describe('a rolling restart', { skip: skipStack('cluster') }, () => {
  test('of every role, under load, fails no request', async (context) => {
    const env = { DRAIN_MS: String(drainMs) }
    await using stack = await startStack({ kind: 'cluster', places: 2, env })
    const app = new LegacyClient(stack.url)
    const people: Account[] = []
    for (let n = 0; n < 6; n++) people.push(await app.register(`p${n}`))
    const video = await app.video(people[0] ?? assert.fail(), 'rolling')
    const end = load(stack.url, people, video)

    const replace = async (role: string) => {
      const [old, successor] = stack.cluster?.places.get(role) ?? []
      if (successor) await stack.cluster?.add(successor)
      assert.equal(await old?.stop(), 0, role)
    }
    await Promise.all(subgraphNames.map(replace))
    for (const gateway of stack.cluster?.places.get('gateway') ?? []) {
      assert.equal(await gateway.stop(), 0)
      await stack.cluster?.add(gateway)
    }
    await replace('rest-adapter')

    const { failures, done } = await end()
    context.diagnostic(`${done} requests while every process was replaced`)
    assert.deepEqual(failures, [])
    assert.ok(done > 500, `${done} requests`)
  })
})
