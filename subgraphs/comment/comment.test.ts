import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { databases } from '../../test/testkit/databases.ts'
import { withLostCommits } from '../../test/testkit/lost-commits.ts'
import { oneDatabase } from '../../test/testkit/one-database.ts'
import { persist } from '../../test/testkit/persist.ts'
import { startSubgraph } from '../../test/testkit/subgraph.ts'
import { comment } from './index.ts'
import { CommentWrites } from './writes.ts'

const owners = { publish: (_: string, id: number) => (id < 1_000 ? { author: { id: '7' } } : null) }
const post = `mutation ($video: ID!, $text: String!, $clientId: String) {
  postComment(input: { videoId: $video, text: $text, clientId: $clientId }) {
    comment { id text createdAt author { id } video { id } } video { id commentCount } } }`
const remove = `mutation ($video: ID!, $comment: ID!) {
  deleteComment(input: { videoId: $video, commentId: $comment }) { commentId video { id commentCount } } }`
const page = `query ($of: [_Any!]!, $first: Int!, $after: String) { _entities(representations: $of) { ... on Video {
  commentCount comments(first: $first, after: $after) { nodes { id text } pageInfo { hasNextPage endCursor } } } } }`
const text = 'hi'
const videos = (...ids: number[]) => ({ of: ids.map((id) => ({ __typename: 'Video', id: String(id) })), first: 20 })
const codeOf = (answer: { errors?: readonly { extensions: Record<string, unknown> }[] }) =>
  answer.errors?.[0]?.extensions['code']

for (const database of databases)
  describe(`comment on ${database.name}`, { skip: database.skip }, () => {
    const start = () => startSubgraph(comment, { database, owners })

    test('a comment is kept as it was written and counted', async () => {
      await using graph = await start()
      const written = '  好看👍🏽 é\u0301\n<b>"\\%_\' '
      const { postComment } = await graph.run(post, { video: '5', text: written }, 3)
      assert.equal(postComment.comment.text, written)
      assert.deepEqual(postComment.comment.author, { id: '3' })
      assert.deepEqual(postComment.comment.video, { id: '5' })
      assert.deepEqual(postComment.video, { id: '5', commentCount: 1 })
      assert.ok(Math.abs(Date.parse(postComment.comment.createdAt) - Date.now()) < 60_000)
      assert.equal((await graph.run(page, videos(5)))['_entities'][0].comments.nodes[0].text, written)
    })

    test('1000 characters of any plane fit, 1001, none, blanks and control characters do not', async () => {
      await using graph = await start()
      const long = '𠮷'.repeat(1000)
      await graph.run(post, { video: '5', text: long }, 1)
      assert.equal((await graph.run(page, videos(5)))['_entities'][0].comments.nodes[0].text, long)
      for (const bad of [`${long}a`, '', ' \n ', 'a\0b', '\ud800'])
        assert.equal(codeOf(await graph.try(post, { video: '5', text: bad }, 1)), 'BAD_USER_INPUT')
    })

    test('without a viewer nothing is written, and a video that does not exist is NOT_FOUND', async () => {
      await using graph = await start()
      assert.equal(codeOf(await graph.try(post, { video: '5', text })), 'UNAUTHENTICATED')
      assert.equal(codeOf(await graph.try(remove, { video: '5', comment: '1' })), 'UNAUTHENTICATED')
      assert.equal(codeOf(await graph.try(post, { video: '1000', text }, 1)), 'NOT_FOUND')
      assert.equal(codeOf(await graph.try(post, { video: '5', text, clientId: 'x'.repeat(65) }, 1)), 'BAD_USER_INPUT')
    })

    test('a repeat by client id returns the first comment, for its author alone', async () => {
      await using graph = await start()
      const first = await graph.run(post, { video: '5', text: 'first', clientId: 'a' }, 1)
      assert.deepEqual(await graph.run(post, { video: '5', text: 'first', clientId: ' a ' }, 1), first)
      assert.deepEqual(await graph.run(post, { video: '5', text: 'second', clientId: 'a' }, 1), first)
      assert.equal(codeOf(await graph.try(post, { video: '6', text: 'first', clientId: 'a' }, 1)), 'BAD_USER_INPUT')
      const other = await graph.run(post, { video: '5', text: 'first', clientId: 'a' }, 2)
      assert.notEqual(other['postComment'].comment.id, first['postComment'].comment.id)
      assert.equal(other['postComment'].video.commentCount, 2)
    })

    test('a repeat of a comment that was deleted since does not bring it back', async () => {
      await using graph = await start()
      const { postComment } = await graph.run(post, { video: '5', text, clientId: 'a' }, 1)
      await graph.run(remove, { video: '5', comment: postComment.comment.id }, 1)
      assert.equal(codeOf(await graph.try(post, { video: '5', text, clientId: 'a' }, 1)), 'NOT_FOUND')
      assert.equal((await graph.run(page, videos(5)))['_entities'][0].commentCount, 0)
    })

    test('only its author deletes a comment, as often as they like', async () => {
      await using graph = await start()
      const { id } = (await graph.run(post, { video: '5', text }, 1))['postComment'].comment
      for (const stranger of [2, 7])
        assert.equal(codeOf(await graph.try(remove, { video: '5', comment: id }, stranger)), 'FORBIDDEN')
      assert.equal(codeOf(await graph.try(remove, { video: '6', comment: id }, 1)), 'NOT_FOUND')
      for (let n = 0; n < 2; n++)
        assert.deepEqual((await graph.run(remove, { video: '5', comment: id }, 1))['deleteComment'], {
          commentId: id,
          video: { id: '5', commentCount: 0 },
        })
      assert.equal(codeOf(await graph.try(remove, { video: '5', comment: id }, 2)), 'NOT_FOUND')
      assert.equal(codeOf(await graph.try(remove, { video: '5', comment: '12345' }, 1)), 'NOT_FOUND')
    })

    test('50 parallel deletions of one comment count once', async () => {
      await using graph = await start()
      await graph.run(post, { video: '5', text }, 2)
      const { id } = (await graph.run(post, { video: '5', text }, 1))['postComment'].comment
      await Promise.all(Array.from({ length: 50 }, () => graph.run(remove, { video: '5', comment: id }, 1)))
      assert.equal((await graph.run(page, videos(5)))['_entities'][0].commentCount, 1)
    })

    test('several mutations of one request each see their own count', async () => {
      await using graph = await start()
      const one = 'postComment(input: { videoId: "5", text: "x" }) { video { commentCount } }'
      const { a, b } = await graph.run(`mutation { a: ${one} b: ${one} }`, {}, 1)
      assert.deepEqual([a.video.commentCount, b.video.commentCount], [1, 2])
    })

    test('a video lists its comments newest first, page by page, and each page is one statement', async () => {
      await using graph = await start()
      const list = `query ($of: [_Any!]!, $after: String) { _entities(representations: $of) { ... on Video {
        comments(first: 3, after: $after) { nodes { id text } pageInfo { hasNextPage endCursor } } } } }`
      for (let n = 0; n < 7; n++) await graph.run(post, { video: '5', text: String(n) }, n + 1)
      const texts: string[] = []
      let after: string | null = null
      for (let more = true; more; ) {
        const variables: object = { ...videos(5), after }
        let comments: { nodes: { text: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } | undefined
        const statements = await graph.countStatements(async () => {
          comments = (await graph.run(list, { ...variables }))['_entities'][0].comments
        })
        assert.equal(statements, 1)
        texts.push(...(comments?.nodes.map(({ text }) => text) ?? []))
        more = comments?.pageInfo.hasNextPage ?? false
        after = comments?.pageInfo.endCursor ?? null
      }
      assert.deepEqual(texts, ['6', '5', '4', '3', '2', '1', '0'])
      assert.equal(codeOf(await graph.try(page, { ...videos(5), first: 101 })), 'BAD_USER_INPUT')
    })

    test('counts of a page of videos are one statement, and so are comments by their ids', async () => {
      await using graph = await start()
      const made = await Promise.all(
        [1, 2, 3].map(
          async (video) => (await graph.run(post, { video: String(video), text }, 1))['postComment'].comment.id,
        ),
      )
      const count = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Video { commentCount } } }`
      const byId = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Comment { id text video { id } } } }`
      const of = [...made, '999'].map((id) => ({ __typename: 'Comment', id }))
      assert.equal(
        await graph.countStatements(async () => {
          const found = (await graph.run(count, videos(4, 3, 2, 1)))['_entities']
          assert.deepEqual(
            found,
            [0, 1, 1, 1].map((commentCount) => ({ commentCount })),
          )
        }),
        1,
      )
      assert.equal(
        await graph.countStatements(async () => {
          const found = (await graph.run(byId, { of }))['_entities']
          assert.deepEqual(found, [...made.map((id, n) => ({ id, text: 'hi', video: { id: String(n + 1) } })), null])
        }),
        1,
      )
    })

    test('comments on a deleted video go with it, and none that was on its way stays', async () => {
      await using graph = await start()
      const racing = Promise.allSettled(
        Array.from({ length: 100 }, (_, n) => graph.run(post, { video: '5', text, clientId: 'a' }, n + 1)),
      )
      await graph.run('mutation { forgetCommentsOfVideo(videoId: "5") }')
      await racing
      assert.equal(codeOf(await graph.try(post, { video: '5', text, clientId: 'a' }, 1)), 'NOT_FOUND')
      assert.deepEqual(await graph.services.db.selectFrom('comment').selectAll().execute(), [])
      assert.equal((await graph.run(page, videos(5)))['_entities'][0].commentCount, 0)
    })

    test('a commit whose answer is lost counts once', async () => {
      await using graph = await start()
      const writes = new CommentWrites(withLostCommits(graph.services.db), 0)
      const rows = [11, 12, 13].map((id) => ({ video_id: 5, id, author_id: 1, text: String(id) }))
      const posted = await Promise.all(
        rows.map((row) => writes.post({ row, clientId: row.id === 12 ? undefined : String(row.id), videoAuthorId: 7 })),
      )
      assert.deepEqual(posted, rows)
      await writes.delete({ video_id: 5, id: 12, author_id: 1 })
      const [video] = (await graph.run(page, videos(5)))['_entities']
      assert.equal(video.commentCount, 2)
      assert.equal(video.comments.nodes.length, 2)
    })

    for (const clientId of [undefined, 'a'])
      test(`what was deleted while its post is tried again stays so, ${clientId ? 'named' : 'without a name'}`, async () => {
        await using graph = await start()
        const { db } = graph.services
        const key = { video_id: 5, id: 11, author_id: 1 }
        const others = new CommentWrites(db, 1)
        const writes = new CommentWrites(
          withLostCommits(db, () => others.delete(key)),
          0,
        )
        const posted = writes.post({ row: { ...key, text }, clientId, videoAuthorId: 7 })
        await assert.rejects(posted, { code: 'NOT_FOUND' })
        await others.delete(key)
        assert.deepEqual(await db.selectFrom('comment').selectAll().execute(), [])
        assert.equal((await graph.run(page, videos(5)))['_entities'][0].commentCount, 0)
      })
  })

for (const database of databases.filter(({ name }) => name === 'mariadb'))
  describe('comment in several processes', { skip: database.skip }, () => {
    test('posts, their repeats and deletions at random leave every count equal to its rows', async () => {
      await using shared = await oneDatabase(database)
      await using one = await startSubgraph(comment, { database: shared, owners })
      await using two = await startSubgraph(comment, { database: shared, owners, worker: 1 })
      const wish = fc.record({
        user: fc.integer({ min: 1, max: 20 }),
        video: fc.integer({ min: 1, max: 5 }),
        clientId: fc.option(fc.integer({ min: 1, max: 5 })),
        deletes: fc.boolean(),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(wish, { minLength: 100, maxLength: 300 }), async (wishes) => {
          const ids = new Map<string, Set<string>>()
          await Promise.all(
            wishes.flatMap(({ user, video, clientId, deletes }) =>
              // The same wish at both processes, as when a client retries too early.
              [one, two].map(async (graph) => {
                const name = clientId === null ? null : `${video}-${clientId}`
                const wanted = { video: String(video), text, clientId: name }
                const posted = await persist(() => graph.run(post, wanted, user)).catch((error) => {
                  assert.equal(error.extensions?.code, 'NOT_FOUND', error) // repeats one that was deleted
                })
                if (!posted) return
                const { id } = posted['postComment'].comment
                if (name !== null) ids.set(`${user} ${name}`, (ids.get(`${user} ${name}`) ?? new Set()).add(id))
                const unwanted = { video: String(video), comment: id }
                if (deletes) await persist(() => graph.run(remove, unwanted, user))
              }),
            ),
          )
          for (const of of ids.values()) assert.equal(of.size, 1)
          const rows = await one.services.db.selectFrom('comment').selectAll().execute()
          const counts = (await two.run(page, { ...videos(1, 2, 3, 4, 5), first: 100 }))['_entities']
          for (const [n, { commentCount }] of counts.entries())
            assert.equal(commentCount, rows.filter((row) => row['video_id'] === n + 1).length)
        }),
        { numRuns: 5, endOnFailure: true }, // what a race does, a smaller input need not do
      )
    })

    test('comments posted in one process while another deletes their video are gone in the end', async () => {
      await using shared = await oneDatabase(database)
      await using one = await startSubgraph(comment, { database: shared, owners })
      await using two = await startSubgraph(comment, { database: shared, owners, worker: 1 })
      for (let video = 1; video <= 20; video++) {
        const racing = Array.from({ length: 20 }, (_, n) => one.try(post, { video: String(video), text }, n + 1))
        await two.run('mutation ($id: ID!) { forgetCommentsOfVideo(videoId: $id) }', { id: String(video) })
        await Promise.all(racing)
      }
      assert.deepEqual(await one.services.db.selectFrom('comment').selectAll().execute(), [])
      const counts = (await two.run(page, videos(...Array.from({ length: 20 }, (_, n) => n + 1))))['_entities']
      for (const { commentCount } of counts) assert.equal(commentCount, 0)
    })
  })
