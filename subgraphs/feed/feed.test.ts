import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { sql } from 'kysely'
import { epoch, firstIdAt } from '../../kit/ids.ts'
import { databases } from '../../test/testkit/databases.ts'
import { type Answer, type SubgraphHarness, startSubgraph } from '../../test/testkit/subgraph.ts'
import { crowdedIds } from './feed-testkit.ts'
import { feed } from './index.ts'

const operation = `query ($first: Int!, $after: String, $before: String, $publishedBefore: DateTime) {
  feed(first: $first, after: $after, before: $before, publishedBefore: $publishedBefore) {
    edges { cursor node { id } } nodes { id } resumeBefore
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`

type Harness = SubgraphHarness<object>

const idsOf = (page: Answer) => page['nodes'].map((node: { id: string }) => Number(node.id))
const read = async (graph: Harness, page: Record<string, unknown>) =>
  (await graph.run(operation, { first: 30, ...page }))['feed'] as Answer // as selected

async function createTable(graph: Harness): Promise<void> {
  await graph.services.db.schema
    .createTable('video')
    .addColumn('id', 'bigint', (column) => column.primaryKey())
    .execute()
}

async function fill(graph: Harness, ids: readonly number[]): Promise<void> {
  await graph.services.db.deleteFrom('video').execute()
  if (ids.length > 0)
    await graph.services.db
      .insertInto('video')
      .values(ids.map((id) => ({ id })))
      .execute()
}

for (const database of databases)
  describe(`feed on ${database.name}`, { skip: database.skip }, () => {
    test('is unavailable until there is a table of videos, then empty, then newest first', async () => {
      await using graph = await startSubgraph(feed, { database })
      const { errors } = await graph.try(operation, { first: 30 })
      assert.equal(errors?.[0]?.extensions['code'], 'UNAVAILABLE')
      await createTable(graph)
      assert.deepEqual(await read(graph, {}), {
        edges: [],
        nodes: [],
        resumeBefore: null,
        pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
      })
      const ids = [firstIdAt(Date.now()), firstIdAt(Date.now() - 1_000), 4096 * 5]
      await fill(graph, ids)
      const page = await read(graph, {})
      assert.deepEqual(idsOf(page), ids)
      assert.deepEqual(
        page['edges'].map(({ node }: { node: unknown }) => node),
        page['nodes'],
      )
      assert.equal(page['resumeBefore'], '2022-01-01T00:00:00.005Z')
    })

    test('walked by time or by cursor shows every video exactly once', async () => {
      await using graph = await startSubgraph(feed, { database })
      await createTable(graph)
      await fc.assert(
        fc.asyncProperty(crowdedIds, fc.integer({ min: 1, max: 30 }), async (ids, first) => {
          await fill(graph, ids)
          const byTime: number[] = []
          for (let publishedBefore: string | null = null, more = true; more; ) {
            const page = await read(graph, { first, publishedBefore })
            byTime.push(...idsOf(page))
            publishedBefore = page['resumeBefore']
            more = page['pageInfo'].hasNextPage
          }
          assert.deepEqual(byTime, ids)
          const byCursor: number[] = []
          for (let after: string | null = null, more = true; more; ) {
            const page = await read(graph, { first, after })
            assert.equal(page['pageInfo'].hasPreviousPage, after !== null)
            byCursor.push(...idsOf(page))
            after = page['pageInfo'].endCursor
            more = page['pageInfo'].hasNextPage
          }
          assert.deepEqual(byCursor, ids)
        }),
        { numRuns: 30 },
      )
    })

    test('goes on where a page ended also among ids that run ahead of the clock', async () => {
      await using graph = await startSubgraph(feed, { database, clock: () => epoch + 1_000 })
      await createTable(graph)
      const ids = Array.from({ length: 90 }, (_, n) => firstIdAt(epoch + 5_000 - n))
      await fill(graph, ids)
      const second = await read(graph, { publishedBefore: (await read(graph, {}))['resumeBefore'] })
      assert.deepEqual(idsOf(second), ids.slice(30, 60))
    })

    test('keeps to what is newer than `before` and older than `publishedBefore`', async () => {
      await using graph = await startSubgraph(feed, { database })
      await createTable(graph)
      const ids = Array.from({ length: 200 }, (_, n) => firstIdAt(epoch + 1_000 + Math.floor(n / 50)) + n).reverse()
      await fill(graph, ids)
      const cursor = (await read(graph, { first: 1, publishedBefore: at(1_001) }))['pageInfo'].startCursor
      const newer = await read(graph, { before: cursor, publishedBefore: at(1_003) })
      assert.deepEqual(idsOf(newer), ids.slice(50, 100))
      assert.equal(newer['pageInfo'].hasNextPage, true)
      const last = await read(graph, { before: cursor, publishedBefore: at(1_002) })
      assert.deepEqual(idsOf(last), ids.slice(100, 150))
      assert.equal(last['pageInfo'].hasNextPage, false)
      function at(ms: number) {
        return new Date(epoch + ms).toISOString()
      }
    })

    test('costs one statement a page, and a second one only where one millisecond holds more than a page', async () => {
      await using graph = await startSubgraph(feed, { database })
      await createTable(graph)
      await fill(
        graph,
        Array.from({ length: 100 }, (_, n) => firstIdAt(epoch + 1_000 + n)),
      )
      for (const first of [1, 30]) assert.equal(await graph.countStatements(() => read(graph, { first })), 1)
      await fill(
        graph,
        Array.from({ length: 100 }, (_, n) => firstIdAt(epoch + 1_000) + n),
      )
      assert.equal(await graph.countStatements(() => read(graph, {})), 2)
    })

    test('refuses what is no page', async () => {
      await using graph = await startSubgraph(feed, { database })
      for (const wrong of [
        { first: 0 },
        { first: 31 },
        { after: '!' },
        { before: 'k1' },
        { publishedBefore: '2022' },
      ]) {
        const { errors } = await graph.try(operation, { first: 30, ...wrong })
        assert.match(errors?.[0]?.message ?? '', /first|after|before|DateTime/i)
      }
    })

    test('reads along the primary key', async () => {
      await using graph = await startSubgraph(feed, { database })
      await createTable(graph)
      await fill(
        graph,
        Array.from({ length: 2_000 }, (_, n) => firstIdAt(epoch + 1_000 + Math.floor(n / 40)) + n),
      )
      const start = graph.statements.length
      await read(graph, { publishedBefore: new Date(epoch + 1_030).toISOString() })
      const selects = graph.statements.slice(start)
      assert.equal(selects.length, 2)
      for (const select of selects) {
        const text = select.replaceAll('?', String(firstIdAt(epoch + 1_030)))
        if (database.name === 'sqlite') {
          const { rows } = await sql.raw<{ detail: string }>(`explain query plan ${text}`).execute(graph.services.db)
          for (const { detail } of rows) assert.doesNotMatch(detail, /SCAN|TEMP B-TREE/)
        } else {
          const { rows } = await sql.raw<{ type: string; Extra: string }>(`explain ${text}`).execute(graph.services.db)
          for (const { type, Extra } of rows) {
            assert.notEqual(type, 'ALL')
            assert.doesNotMatch(Extra, /filesort|temporary/)
          }
        }
      }
    })
  })
