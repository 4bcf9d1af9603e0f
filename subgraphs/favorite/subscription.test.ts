import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MemoryBus } from '../../kit/bus/memory.ts'
import { codeOf } from '../../kit/errors.ts'
import { databases } from '../../test/testkit/databases.ts'
import { nextEvent, startLiveSubgraph } from '../../test/testkit/live-subgraph.ts'
import { oneDatabase } from '../../test/testkit/one-database.ts'
import { silentLog } from '../../test/testkit/redises.ts'
import { favorite } from './index.ts'

const owners = {
  publish: (_: string, id: number) => (id < 100 ? { author: { id: '7' } } : null),
}
const like = `mutation ($id: ID!) { favoriteVideo(input: { videoId: $id }) { video { id } } }`
const forget = `mutation ($id: ID!) { forgetFavoritesOfVideo(videoId: $id) }`
const videoChanged = `subscription ($id: ID!) { videoChanged(id: $id) { __typename id favoriteCount isFavorite } }`

for (const database of databases)
  describe(`changed videos on ${database.name}`, { skip: database.skip }, () => {
    test('the video comes at once, and again as it changes, whichever process changed it', async () => {
      await using shared = await oneDatabase(database)
      const bus = new MemoryBus({ log: silentLog })
      await using one = await startLiveSubgraph(favorite, { database: shared, owners, more: { bus } })
      await using two = await startLiveSubgraph(favorite, { database: shared, owners, more: { bus }, worker: 1 })
      const events = await one.subscribe(videoChanged, { id: '5' }, 3)
      const video = { __typename: 'Video', id: '5' }
      assert.deepEqual(await nextEvent(events), { ...video, favoriteCount: 0, isFavorite: false })
      await one.run(like, { id: '6' }, 3)
      await two.run(like, { id: '5' }, 3)
      assert.deepEqual(await nextEvent(events), { ...video, favoriteCount: 1, isFavorite: true })
      await events.return()
    })

    test('who does not look for a while sees the newest counts in a step or two', async () => {
      await using graph = await startLiveSubgraph(favorite, { database, owners })
      const events = await graph.subscribe(videoChanged, { id: '5' })
      await nextEvent(events)
      for (let user = 1; user <= 50; user++) await graph.run(like, { id: '5' }, user)
      const counts = []
      while (counts.at(-1) !== 50) counts.push((await nextEvent(events))['favoriteCount'])
      assert.ok(counts.length < 10, `${counts.length} events`)
    })

    test('it is complete when the video is deleted, and there is none for a video that does not exist', async () => {
      await using graph = await startLiveSubgraph(favorite, { database, owners })
      await assert.rejects(graph.subscribe(videoChanged, { id: '100' }), (error) => codeOf(error) === 'NOT_FOUND')
      const events = await graph.subscribe(videoChanged, { id: '5' })
      await nextEvent(events)
      const pending = events.next()
      await graph.run(forget, { id: '5' })
      assert.equal((await pending).done, true)
      await assert.rejects(graph.subscribe(videoChanged, { id: '5' }), (error) => codeOf(error) === 'NOT_FOUND')
    })
  })
