import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Services } from '../kit/services.ts'
import type { DataSource } from '../kit/subgraph/data-source.ts'
import { InProcessDataSource } from '../kit/subgraph/in-process.ts'
import type { Subgraph } from '../kit/subgraph/subgraph.ts'
import type { RequestScope } from '../kit/viewer.ts'
import { comment } from '../subgraphs/comment/index.ts'
import { favorite } from '../subgraphs/favorite/index.ts'
import { message } from '../subgraphs/message/index.ts'
import { relation } from '../subgraphs/relation/index.ts'
import { type DatabaseKind, databases } from './testkit/databases.ts'
import { eventually } from './testkit/eventually.ts'
import { oneDatabase } from './testkit/one-database.ts'
import { type Answer, startSubgraph } from './testkit/subgraph.ts'

const likes = (verb: string) => `mutation ($id: ID!) { ${verb}(input: { videoId: $id }) { video { id } } }`
const follows = (verb: string) => `mutation ($id: ID!) { ${verb}(input: { userId: $id }) { user { id } } }`
const post = `mutation ($id: ID!) { postComment(input: { videoId: $id, text: "a" }) { comment { id } } }`
const list = `{ notifications(first: 100) { nodes { id kind actor { id } video { id } comment { id } } } }`

/** Videos 1 to 9 are of user 7; every user exists. */
const facts: DataSource<RequestScope> = {
  name: 'facts',
  async execute({ variables }) {
    const of = variables['of'] as { id: string }[] // the shape that is asked with
    return { data: { _entities: of.map(({ id }) => ({ id, author: { id: '7' } })) } }
  },
  subscribe: () => Promise.reject(new Error('facts have no subscriptions')),
}

/** Services that find each other in `sources`, on one database. */
function servicesOn(database: DatabaseKind) {
  const sources = new Map<string, DataSource<RequestScope>>([
    ['user', facts],
    ['publish', facts],
  ])
  const start = (create: (services: Services) => Promise<Subgraph>, worker: number) =>
    startSubgraph<Pick<Services, 'sources'>>(create, { database, worker, more: { sources: () => sources } })
  return { sources, start }
}

for (const database of databases)
  describe(`notifications across services on ${database.name}`, { skip: database.skip }, () => {
    test('each like, follow and comment is told once to whom it concerns, also after the message service was away', async () => {
      await using shared = await oneDatabase(database)
      const { sources, start } = servicesOn(shared)
      await using likesOf = await start(favorite, 1)
      await using commentsOf = await start(comment, 2)
      await using followsOf = await start(relation, 3)
      for (const verb of ['favoriteVideo', 'unfavoriteVideo', 'favoriteVideo', 'favoriteVideo'])
        for (const user of [1, 2, 7]) await likesOf.run(likes(verb), { id: '5' }, user)
      for (const verb of ['followUser', 'unfollowUser', 'followUser'])
        await followsOf.run(follows(verb), { id: '7' }, 3)
      const comments: Answer[] = []
      for (const user of [4, 4, 7]) comments.push(await commentsOf.run(post, { id: '6' }, user))

      await using messages = await start(async (services) => {
        const subgraph = await message(services)
        sources.set('message', new InProcessDataSource(subgraph))
        return subgraph
      }, 4)
      await likesOf.run(likes('favoriteVideo'), { id: '8' }, 1)
      const nodesOf = async (user: number) => (await messages.run(list, {}, user))['notifications'].nodes
      await eventually(async () => assert.equal((await nodesOf(7)).length, 6), 20_000)
      const told = (await nodesOf(7)).map(({ kind, actor, video, comment: of }: Record<string, { id: string }>) =>
        [kind, actor?.id, video?.id ?? '-', of?.id ?? '-'].join(' '),
      )
      const idOf = (n: number) => comments[n]?.['postComment'].comment.id
      const expected = [
        ...['LIKED 1 5 -', 'LIKED 2 5 -', 'LIKED 1 8 -', 'FOLLOWED 3 - -'],
        ...[`COMMENTED 4 6 ${idOf(0)}`, `COMMENTED 4 6 ${idOf(1)}`],
      ]
      assert.deepEqual(told.sort(), expected.sort())
      for (const user of [1, 2, 3, 4]) assert.deepEqual(await nodesOf(user), [])
      for (const table of ['favorite_outbox', 'comment_outbox', 'relation_outbox'])
        await eventually(async () => {
          assert.deepEqual(await messages.services.db.selectFrom(table).selectAll().execute(), [])
        })
    })

    test('a service that stops has told of everything before', async () => {
      await using shared = await oneDatabase(database)
      const { sources, start } = servicesOn(shared)
      await using messages = await start(async (services) => {
        const subgraph = await message(services)
        sources.set('message', new InProcessDataSource(subgraph))
        return subgraph
      }, 1)
      for (const [worker, create, mutation, table] of [
        [2, favorite, likes('favoriteVideo'), 'favorite_outbox'],
        [3, comment, post, 'comment_outbox'],
        [4, relation, follows('followUser'), 'relation_outbox'],
      ] as const) {
        const service = await start(create, worker)
        await Promise.all(Array.from({ length: 8 }, (_, n) => service.run(mutation, { id: '7' }, n + 20)))
        await service[Symbol.asyncDispose]()
        assert.deepEqual(await messages.services.db.selectFrom(table).selectAll().execute(), [])
      }
      assert.equal((await messages.run(list, {}, 7))['notifications'].nodes.length, 24)
    })
  })
