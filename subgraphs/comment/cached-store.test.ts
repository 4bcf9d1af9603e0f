import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  cachedWorlds,
  openFailingWorld,
  type ProcessParts,
  skipFailingWorld,
  startEach,
} from '../../test/testkit/cached-worlds.ts'
import { assertFresh } from '../../test/testkit/freshness.ts'
import { startSubgraph } from '../../test/testkit/subgraph.ts'
import { type CommentServices, comment } from './index.ts'

const start = ({ database, worker, cache }: ProcessParts) =>
  startSubgraph<CommentServices>(comment, {
    database,
    worker,
    owners: { publish: () => ({ author: { id: '7' } }) },
    more: { cache },
  })
type Process = Awaited<ReturnType<typeof start>>

const post = 'mutation ($video: ID!) { postComment(input: { videoId: $video, text: "hi" }) { comment { id } } }'
const remove = `mutation ($video: ID!, $comment: ID!) {
  deleteComment(input: { videoId: $video, commentId: $comment }) { commentId } }`
const counts = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Video { commentCount } } }'

const countsOf = async (graph: Process, videoIds: readonly number[]): Promise<number[]> => {
  const of = videoIds.map((id) => ({ __typename: 'Video', id: String(id) }))
  const { _entities } = await graph.run(counts, { of })
  return _entities.map((video: { commentCount: number }) => video.commentCount)
}

/** A comment comes to and goes from video `key` by turns. */
function comingAndGoing() {
  const latest = new Map<number, string>()
  return {
    async write(graph: Process, key: number, version: number) {
      const video = String(key)
      if (version % 2 === 0) await graph.run(remove, { video, comment: latest.get(key) }, 1)
      else latest.set(key, (await graph.run(post, { video }, 1))['postComment'].comment.id)
    },
    read: async (graph: Process, key: number) => (await countsOf(graph, [key]))[0],
    valueAt: (version: number) => version % 2,
  }
}

for (const { name, skip, open } of cachedWorlds)
  describe(`cached counts of comments on ${name}`, { skip }, () => {
    test('the counts of a page of videos cost one statement once, with or without comments', async () => {
      await using world = await open()
      const [parts] = world.processes
      assert.ok(parts)
      await using graph = await start(parts)
      await graph.run(post, { video: '3' }, 1)
      const page = Array.from({ length: 30 }, (_, n) => n + 1)
      const expected = page.map((id) => (id === 3 ? 1 : 0))
      const read = async () => assert.deepEqual(await countsOf(graph, page), expected)
      assert.equal(await graph.countStatements(read), 1)
      assert.equal(await graph.countStatements(read), 0)
    })

    test('comments, deletions and readers at once never leave or read an old count', async () => {
      await using world = await open()
      await using stack = new AsyncDisposableStack()
      const processes = await startEach(world.processes, stack, start)
      const reads = await assertFresh({ processes, keys: [1, 2, 3], writes: 60, ...comingAndGoing() })
      assert.ok(reads > 20, `only ${reads} reads`)
    })

    test('a deleted video has no comments in any process', async () => {
      await using world = await open()
      await using stack = new AsyncDisposableStack()
      const processes = await startEach(world.processes, stack, start)
      const [first] = processes
      assert.ok(first)
      await first.run(post, { video: '5' }, 1)
      for (const graph of processes) assert.deepEqual(await countsOf(graph, [5]), [1])
      await first.run('mutation { forgetCommentsOfVideo(videoId: "5") }')
      for (const graph of processes) assert.deepEqual(await countsOf(graph, [5]), [0])
    })
  })

test('counts of comments stay right while Redis dies, is slow and comes back', {
  skip: skipFailingWorld(),
}, async () => {
  await using world = await openFailingWorld()
  await using stack = new AsyncDisposableStack()
  const processes = await startEach(world.processes, stack, start)
  const until = world.misbehave()
  await assertFresh({ processes, keys: [1, 2], writes: 1, until, readers: 2, ...comingAndGoing() })
})
