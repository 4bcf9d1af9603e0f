import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { subgraphNames } from '../../schema/subgraph-names.ts'
import { type Account, LegacyClient } from '../contract/legacy-client.ts'
import type { AppProcess } from '../testkit/app-process.ts'
import { eventually } from '../testkit/eventually.ts'
import { graphql } from '../testkit/graphql.ts'
import { type Stack, skipStack, startStack } from '../testkit/stack.ts'

/** A field of each subgraph. */
const page = `{ feed { nodes { id title favoriteCount commentCount author { id name followCount latestMessage { id } } } } }`

describe('a process that is away', { skip: skipStack('cluster') }, () => {
  let stack: Stack
  let app: LegacyClient
  let ann: Account
  let video: number

  before(async () => {
    stack = await startStack({ kind: 'cluster' })
    app = new LegacyClient(stack.url)
    ann = await app.register('ann')
    video = await app.video(ann, 'seen')
  })
  after(() => stack?.[Symbol.asyncDispose]())

  const processOf = (role: string): AppProcess => stack.cluster?.places.get(role)?.[0] ?? assert.fail(role)

  for (const name of subgraphNames)
    test(`${name} costs its own fields, told by a code, and is used again when it is back`, async () => {
      await processOf(name).kill9()
      const { data, errors = [] } = await graphql(stack.url, page)
      const faults = errors.map(({ extensions }) => extensions['code'])
      if (name === 'feed') assert.equal(data?.['feed'] ?? null, null)
      else assert.equal(data['feed'].nodes.length, 1)
      assert.ok(name === 'message' || faults.length > 0, 'nobody asks for messages in the name of nobody')
      assert.deepEqual(new Set(faults).difference(new Set(['UNAVAILABLE'])), new Set())

      const feed = await app.get('/douyin/feed/')
      if (name === 'feed') assert.equal(feed['status_msg'], '服务暂时不可用，请稍后再试')
      else assert.equal(feed['status_code'], 0, feed['status_msg'])

      await processOf(name).start()
      await eventually(async () => {
        const again = await graphql(stack.url, page, { token: ann.token })
        assert.equal(again.errors, undefined)
        assert.deepEqual(
          again.data['feed'].nodes.map(({ id, author }: { id: string; author: { name: string } }) => [id, author.name]),
          [[String(video), 'ann']],
        )
      }, 10_000)
    })

  test('a gateway starts and answers while a subgraph is away', async () => {
    await processOf('comment').kill9()
    const gateways = stack.cluster?.places.get('gateway') ?? []
    await Promise.all(gateways.map((gateway) => gateway.kill9()))
    assert.equal((await app.get('/douyin/feed/'))['status_msg'], '服务暂时不可用，请稍后再试')
    await Promise.all(gateways.map((gateway) => gateway.start()))
    assert.equal((await app.get('/douyin/feed/'))['video_list'].length, 1)
    await processOf('comment').start()
  })

  test('of two gateways one is enough', async () => {
    const [first] = stack.cluster?.places.get('gateway') ?? []
    await first?.kill9()
    for (let n = 0; n < 20; n++) {
      await app.do('/douyin/favorite/action/', { video_id: video, action_type: 1 + (n % 2) }, ann.token)
      assert.equal((await app.get('/douyin/feed/', {}, ann.token))['video_list'].length, 1)
    }
    await first?.start()
  })

  test('one request has one name in the logs of all processes', async () => {
    const name = 'a-request-of-mine'
    await fetch(`${stack.url}/douyin/favorite/action/?token=${ann.token}&video_id=${video}&action_type=1`, {
      method: 'POST',
      headers: { 'x-request-id': name },
    })
    await eventually(() => {
      const seen = stack.log.filter(({ requestId }) => requestId === name).map(({ msg }) => msg)
      const paths = seen.map((msg) => /^POST ([^?]*)/.exec(msg ?? '')?.[1])
      for (const path of ['/douyin/favorite/action/', '/graphql', '/subgraphs/favorite'])
        assert.ok(paths.includes(path))
    })
  })
})
