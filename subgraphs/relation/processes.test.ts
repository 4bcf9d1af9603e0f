import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type DatabaseKind, databases } from '../../test/testkit/databases.ts'
import { oneDatabase } from '../../test/testkit/one-database.ts'
import { persist } from '../../test/testkit/persist.ts'
import { consistentFollows, type RelationGraph, startRelation } from './relation-testkit.ts'

const users = Array.from({ length: 12 }, (_, n) => n + 1)

/** Two processes on MariaDB; SQLite, whose calls block, has one. */
async function startProcesses(kind: DatabaseKind, mostFollows?: number) {
  const resources = new AsyncDisposableStack()
  const database = resources.use(await oneDatabase(kind))
  const start = async (worker: number): Promise<RelationGraph> => {
    const graph = resources.use(await startRelation(database, worker, undefined, mostFollows))
    return {
      ...graph,
      follow: (by, of) => persist(() => graph.follow(by, of)),
      unfollow: (by, of) => persist(() => graph.unfollow(by, of)),
    }
  }
  const graphs = [await start(0)]
  if (kind.name === 'mariadb') graphs.push(await start(1))
  return { graphs, first: graphs[0] as RelationGraph, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

const user = fc.constantFrom(...users)
const wish = fc.record({ by: user, of: user, on: fc.boolean(), process: fc.nat(1) }).filter(({ by, of }) => by !== of)

for (const database of databases)
  describe(`relation among processes on ${database.name}`, { skip: database.skip }, () => {
    test('what all processes want of each pair becomes true, with exact counts, mirror and friends', async () => {
      await using processes = await startProcesses(database)
      const { graphs, first } = processes
      const expected = new Set<string>()
      await fc.assert(
        fc.asyncProperty(fc.array(wish, { minLength: 50, maxLength: 200 }), async (wishes) => {
          const byPair = new Map(wishes.map((one) => [`${one.by} ${one.of}`, one]))
          for (const [pair, { on }] of byPair) {
            if (on) expected.add(pair)
            else expected.delete(pair)
          }
          // The same wish in every process, as when a client retries too early.
          await Promise.all(
            graphs.flatMap((graph) =>
              [...byPair.values()].map(({ by, of, on }) => (on ? graph.follow(by, of) : graph.unfollow(by, of))),
            ),
          )
          assert.deepEqual(await consistentFollows(first, users), expected)
          for (const one of users) {
            const mutual = users.filter((other) => expected.has(`${one} ${other}`) && expected.has(`${other} ${one}`))
            assert.deepEqual(new Set(await first.list('friends', one, 5)), new Set(mutual))
          }
        }),
        { numRuns: 8, endOnFailure: true },
      )
    })

    test('opposite wishes at random leave every count and the mirror equal to the rows', async () => {
      await using processes = await startProcesses(database)
      const { graphs, first } = processes
      await fc.assert(
        fc.asyncProperty(fc.array(wish, { minLength: 100, maxLength: 300 }), async (wishes) => {
          await Promise.all(
            wishes.map(({ by, of, on, process }) => {
              const graph = graphs[process] ?? first
              return on ? graph.follow(by, of) : graph.unfollow(by, of)
            }),
          )
          await consistentFollows(first, users)
        }),
        { numRuns: 8, endOnFailure: true },
      )
    })

    test('a star whom everybody follows and leaves at once in every process is counted exactly', async () => {
      await using processes = await startProcesses(database)
      const { graphs, first } = processes
      const fans = Array.from({ length: 300 }, (_, n) => n + 2)
      const all = (act: (graph: RelationGraph, fan: number) => Promise<unknown>) =>
        Promise.all(graphs.flatMap((graph) => fans.map((fan) => act(graph, fan))))
      await all((graph, fan) => graph.follow(fan, 1))
      assert.equal((await consistentFollows(first, [1, 2, 301])).size, 300)
      await all((graph, fan) => (fan % 2 ? graph.unfollow(fan, 1) : graph.follow(fan, 1)))
      assert.equal((await consistentFollows(first, [1, 2, 301])).size, 150)
      assert.equal((await first.list('followers', 1)).length, 150)
    })

    test('nobody follows more than the limit, whatever comes at once in every process', async () => {
      await using processes = await startProcesses(database, 20)
      const { graphs, first } = processes
      const targets = Array.from({ length: 60 }, (_, n) => n + 2)
      const outcomes = await Promise.all(
        targets.map(async (target, n) => {
          const graph = graphs[n % graphs.length] ?? first
          // Somebody in the same batch who has followed nobody yet is not held up by who has followed too many.
          await graph.follow(500 + target, 1)
          return graph.follow(1, target).then(
            () => 'follows',
            (error) => error.extensions.code,
          )
        }),
      )
      assert.deepEqual(new Set(outcomes), new Set(['follows', 'LIMIT_EXCEEDED']))
      assert.equal(outcomes.filter((outcome) => outcome === 'follows').length, 20)
      const followed = await first.list('following', 1)
      assert.equal(followed.length, 20)
      await consistentFollows(first, [1, ...targets])
      await assert.rejects(first.follow(1, 999), /follows is more than the limit of 20/)
      await first.follow(1, followed[0] as number) // as before
      await first.unfollow(1, followed[0] as number)
      await first.follow(1, 999)
    })
  })
