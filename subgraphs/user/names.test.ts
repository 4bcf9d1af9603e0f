import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type DatabaseKind, databases } from '../../test/testkit/databases.ts'
import { oneDatabase } from '../../test/testkit/one-database.ts'
import { failsWith, startUser, type UserGraph } from './user-testkit.ts'

/** As of two processes; SQLite, whose calls block, has both in one. */
async function startTwo(kind: DatabaseKind) {
  const resources = new AsyncDisposableStack()
  const database = resources.use(await oneDatabase(kind))
  const one = resources.use(await startUser({ database }))
  const two = kind.name === 'sqlite' ? one : resources.use(await startUser({ database, worker: 1 }))
  return { one, two, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

/** Each user has the one name that belongs to it. */
async function assertNamesMatch({ services: { db } }: UserGraph): Promise<void> {
  const names = await db.selectFrom('user_name').select(['name', 'user_id as id']).orderBy('user_id').execute()
  assert.deepEqual(names, await db.selectFrom('user').select(['name', 'id']).orderBy('id').execute())
}

for (const database of databases)
  describe(`names among several processes on ${database.name}`, { skip: database.skip }, () => {
    test('of 20 registrations of one name at once one wins, and the others leave nothing behind', async () => {
      await using graphs = await startTwo(database)
      const { one, two } = graphs
      for (let round = 0; round < 5; round++) {
        const name = `name ${round}`
        const tries = Array.from({ length: 20 }, (_, n) => (n % 2 ? one : two).register(name, `secret ${n}`))
        const results = await Promise.allSettled(tries)
        const winners = results.flatMap((result, n) => (result.status === 'fulfilled' ? [{ ...result.value, n }] : []))
        assert.equal(winners.length, 1)
        for (const result of results)
          if (result.status === 'rejected') assert.ok(failsWith('ALREADY_EXISTS')(result.reason))
        const [winner] = winners
        assert.equal((await two.login(name, `secret ${winner?.n}`)).id, winner?.id)
        const rows = await one.services.db.selectFrom('user').select('id').where('name', '=', name).execute()
        assert.deepEqual(rows, [{ id: winner?.id }])
      }
      await assertNamesMatch(one)
    })

    test('registrations and new names at random never give a name to two users', async () => {
      await using graphs = await startTwo(database)
      const processes = [graphs.one, graphs.two]
      const name = fc.integer({ min: 0, max: 7 }).map((n) => `name ${n}`)
      const users: number[] = []
      for (let n = 0; n < 4; n++) users.push((await graphs.one.register(`user ${n}`)).id)
      const wish = fc.record({ process: fc.nat(1), user: fc.option(fc.nat(3)), name })
      await fc.assert(
        fc.asyncProperty(fc.array(wish, { minLength: 20, maxLength: 60 }), async (wishes) => {
          const results = await Promise.allSettled(
            wishes.map(({ process, user, name }) => {
              const graph = processes[process] as UserGraph // there are two
              return user === null ? graph.register(name) : graph.update(users[user] as number, { name }) // and four
            }),
          )
          for (const result of results)
            if (result.status === 'rejected') assert.ok(failsWith('ALREADY_EXISTS')(result.reason), result.reason)
          await assertNamesMatch(graphs.one)
        }),
        { numRuns: 10, endOnFailure: true },
      )
    })
  })
