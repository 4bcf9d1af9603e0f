import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { codeOf } from '../../kit/errors.ts'
import { databases } from '../../test/testkit/databases.ts'
import { eventually } from '../../test/testkit/eventually.ts'
import { nextEvent } from '../../test/testkit/live-subgraph.ts'
import { oneDatabase } from '../../test/testkit/one-database.ts'
import { type LiveGraph, startLive } from './live-testkit.ts'
import { notificationChannel } from './notification-log.ts'

const add = `mutation ($of: [NotificationInput!]!) { addNotifications(notifications: $of) }`
const list = `query ($first: Int!, $after: String) { notifications(first: $first, after: $after) {
  nodes { id kind actor { id } video { id } comment { id } createdAt } pageInfo { hasNextPage endCursor } } }`
const received = `subscription ($after: String) { notificationReceived(after: $after) {
  __typename cursor ... on NotificationReceived { notification { id kind actor { id } video { id } } } } }`

const liked = (id: number, actorId: number, videoId: number, recipientId = 9) => ({
  ...{ id: String(id), kind: 'LIKED', recipientId: String(recipientId) },
  ...{ actorId: String(actorId), videoId: String(videoId) },
})
const followed = (id: number, actorId: number, recipientId = 9) => ({
  ...{ id: String(id), kind: 'FOLLOWED', recipientId: String(recipientId), actorId: String(actorId) },
})

async function idsOf(graph: LiveGraph, viewer: number, first = 100): Promise<number[]> {
  const { notifications } = await graph.run(list, { first }, viewer)
  return notifications.nodes.map(({ id }: { id: string }) => Number(id))
}

for (const database of databases)
  describe(`notifications on ${database.name}`, { skip: database.skip }, () => {
    test('each is told once, live and in the list, with who and what it was', async () => {
      const heard: unknown[][] = []
      const bus = { on: () => () => {}, publish: async (...hint: unknown[]) => void heard.push(hint) }
      await using graph = await startLive({ database, more: { bus, pollMs: 10 } })
      const events = await graph.subscribe(received, {}, 9)
      assert.equal((await nextEvent(events))['__typename'], 'StreamOpened')
      const commented = { ...liked(4096, 2, 50), kind: 'COMMENTED' }
      await graph.run(add, { of: [liked(1, 2, 50), commented, liked(3, 2, 50), followed(5, 4)] })
      await graph.run(add, { of: [followed(6, 4), liked(7, 2, 50), liked(8, 2, 51), commented, followed(9, 4, 8)] })
      const { notifications } = await graph.run(list, { first: 3 }, 9)
      const video = (id: number) => ({ id: String(id) })
      assert.deepEqual(notifications.nodes, [
        { id: '8', kind: 'LIKED', actor: { id: '2' }, video: video(51), comment: null, createdAt: at(0) },
        {
          id: '4096',
          kind: 'COMMENTED',
          actor: { id: '2' },
          video: video(50),
          comment: { id: '4096' },
          createdAt: at(1),
        },
        { id: '5', kind: 'FOLLOWED', actor: { id: '4' }, video: null, comment: null, createdAt: at(0) },
      ])
      const next = await graph.run(list, { first: 3, after: notifications.pageInfo.endCursor }, 9)
      assert.deepEqual(
        next['notifications'].nodes.map(({ id }: { id: string }) => id),
        ['1'],
      )
      const seen = []
      for (let n = 0; n < 4; n++) seen.push(await nextEvent(events))
      assert.deepEqual(
        seen.map(({ notification }) => notification.id),
        ['1', '5', '4096', '8'],
      )
      const again = await graph.subscribe(received, { after: seen[1]?.['cursor'] }, 9)
      assert.equal((await nextEvent(again))['notification'].id, '4096')
      await eventually(() =>
        assert.deepEqual(heard.filter(([channel]) => channel === notificationChannel(9)).at(-1), [
          notificationChannel(9),
          { seq: 4 },
        ]),
      )
    })

    test('what does not fit is refused, and everything with it', async () => {
      await using graph = await startLive({ database })
      const wrong = [
        { ...followed(1, 9) },
        { ...followed(1, 2), videoId: '5' },
        { ...liked(1, 2, 5), videoId: null },
        { ...liked(1, 2, 5), actorId: 'x' },
      ]
      for (const one of wrong)
        await assert.rejects(
          graph.run(add, { of: [liked(9, 3, 5), one] }),
          (error) => codeOf(error) === 'BAD_USER_INPUT',
        )
      assert.deepEqual(await idsOf(graph, 9), [])
      await assert.rejects(graph.run(list, { first: 1 }), (error) => codeOf(error) === 'UNAUTHENTICATED')
    })
  })

for (const database of databases.filter(({ name }) => name === 'mariadb'))
  describe('notifications in several processes', { skip: database.skip }, () => {
    test('repeats from several processes at once leave each log whole, and nothing in it twice', async () => {
      await using shared = await oneDatabase(database)
      await using one = await startLive({ database: shared })
      await using two = await startLive({ database: shared, worker: 1 })
      const notice = fc.record({
        actor: fc.integer({ min: 1, max: 5 }),
        video: fc.integer({ min: 1, max: 5 }),
        to: fc.integer({ min: 10, max: 13 }),
      })
      const batches = fc.array(fc.array(notice, { minLength: 1, maxLength: 20 }), { minLength: 4, maxLength: 12 })
      let id = 0
      let round = 0
      await fc.assert(
        fc.asyncProperty(batches, async (all) => {
          const base = 100 * ++round // other recipients in each round
          const told = all.map((of) => of.map(({ actor, video, to }) => liked(++id, actor, video, base + to)))
          await Promise.all(
            told.flatMap((of) => [one.run(add, { of }), two.run(add, { of }), two.run(add, { of: of.toReversed() })]),
          )
          const expected = Map.groupBy(told.flat(), ({ recipientId }) => recipientId)
          for (const [recipient, of] of expected) {
            const rows = await one.services.db
              .selectFrom('notification')
              .select(['seq', 'actor_id', 'video_id'])
              .where('user_id', '=', Number(recipient))
              .orderBy('seq')
              .execute()
            assert.deepEqual(
              rows.map(({ seq }) => seq),
              rows.map((_, n) => n + 1),
            )
            const names = rows.map(({ actor_id, video_id }) => `${actor_id} ${video_id}`).sort()
            assert.deepEqual(names, [...new Set(of.map(({ actorId, videoId }) => `${actorId} ${videoId}`))].sort())
          }
        }),
        { numRuns: 5 },
      )
    })
  })

/** When an id of the given millisecond was made. */
const at = (ms: number) => new Date(Date.UTC(2022, 0, 1) + ms).toISOString()
