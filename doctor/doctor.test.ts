import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { databases } from '../test/testkit/databases.ts'
import { eventually } from '../test/testkit/eventually.ts'
import { runCheck } from './check.ts'
import { checks } from './checks/all.ts'
import { cachedValues } from './checks/cached.ts'
import { counterChecks } from './checks/counters.ts'
import { counters, damages, miscount } from './damages-testkit.ts'
import { openTown, type Town } from './doctor-testkit.ts'

for (const database of databases)
  describe(`doctor on ${database.name}`, { skip: database.skip }, () => {
    let town: Town
    before(async () => {
      town = await openTown(database)
    })
    after(() => town[Symbol.asyncDispose]())

    test('finds nothing where nothing is wrong, and has looked at everything', async () => {
      assert.deepEqual(await town.diagnose(), [])
      for (const check of checks) {
        const { looked } = await runCheck(check, town.world, false)
        if (!check.name.startsWith('notifications')) assert.ok(looked > 0, check.name)
      }
    })

    for (const { what, check, harm, undo } of damages)
      test(`${what}: ${undo ? 'is found' : 'is found and made right'}`, async () => {
        await harm(town)
        const found = await town.diagnose()
        assert.ok(
          found.some(({ name }) => name.startsWith(check)),
          JSON.stringify(found),
        )
        assert.ok(found.every(({ repaired }) => repaired === 0))
        const treated = await town.diagnose(true)
        assert.ok(treated.length > 0)
        if (undo) assert.ok((await town.diagnose()).some(({ name }) => name.startsWith(check)))
        await undo?.(town)
        assert.deepEqual(await town.diagnose(), [])
      })

    test('a counter that was made right is not left wrong in the cache', async () => {
      for (const [table, key] of counters) await miscount(town, table, key)
      const differing = async (repair: boolean) => (await runCheck(cachedValues, town.world, repair)).examples
      await differing(true) // what was cached before
      assert.deepEqual(await differing(false), []) // wrong everywhere
      for (const check of counterChecks) await runCheck(check, town.world, true)
      assert.deepEqual(await differing(false), [])
      assert.deepEqual(await town.diagnose(), [])
    })

    // On SQLite the services of this test would have a connection each, where the app has one for all of them.
    if (database.name === 'sqlite') return
    test('nothing is found, and what is repaired stays right, while everybody is at it', async () => {
      let round = 0
      let over = false
      const busy = Promise.all(
        Array.from({ length: 3 }, async () => {
          while (!over) await town.bustle(round++)
        }),
      )
      // The services do not know the town's cache, and what they publish now is not two hours old.
      const world = { ...town.world, cache: undefined, clock: Date.now }
      try {
        for (let visit = 0; visit < 4; visit++) {
          const until = round + 10
          await eventually(() => round >= until)
          for (const check of checks) assert.deepEqual((await runCheck(check, world, false)).examples, [], check.name)
        }
        for (const [table, key] of counters) {
          await miscount(town, table, key)
          for (const check of checks) await runCheck(check, world, true)
        }
      } finally {
        over = true
        await busy
      }
      for (const check of checks) assert.deepEqual((await runCheck(check, world, false)).examples, [], check.name)
    })
  })
