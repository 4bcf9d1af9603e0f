import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Row, tablesOf } from './rows.ts'
import { World } from './world.ts'

const sizes = fc.record({
  videos: fc.integer({ min: 50, max: 200 }),
  users: fc.integer({ min: 20, max: 60 }).map((half) => half * 2),
  likesPerUser: fc.integer({ min: 0, max: 20 }),
  followsPerUser: fc.integer({ min: 1, max: 8 }).map((half) => half * 2),
  comments: fc.integer({ min: 0, max: 300 }),
  messagesPerPair: fc.integer({ min: 0, max: 5 }).map((half) => half * 2),
})

/** How many rows have each value in a column. */
const tally = (rows: readonly Row[], column: number) =>
  new Map([...Map.groupBy(rows, (row) => row[column])].map(([key, of]) => [key, of.length]))

const byKey = (rows: readonly Row[]) => new Map(rows.map((row) => [row[0], row.at(-1)]))

test('in every generated world, counters agree with the rows that they count', () => {
  fc.assert(
    fc.property(sizes, (size) => {
      const world = new World(size, Date.UTC(2026, 0, 1))
      const rows: Record<string, readonly Row[]> = Object.fromEntries(
        [...tablesOf(world, 'hash')].map((of) => [of.table, [...of.rows]]),
      )
      const { video = [], favorite = [], following = [], follower = [], comment = [], mailbox = [], inbox = [] } = rows
      const counters = {
        work_count: tally(video, 1),
        favorite_count_of_user: tally(favorite, 0),
        favorite_count_of_video: tally(favorite, 1),
        favorite_count_of_author: tally(favorite, 2),
        comment_count_of_video: tally(comment, 0),
        follow_count: tally(following, 0),
        follower_count: tally(following, 1),
      }
      for (const [table, counted] of Object.entries(counters))
        assert.deepEqual(byKey(rows[table] ?? []), counted, table)
      const mirrored = follower.map(([user, other, id]) => `${other} ${user} ${id}`)
      assert.deepEqual(new Set(mirrored), new Set(following.map((row) => row.join(' '))))
      const kinds = [video, favorite, following, comment]
      for (const [n, of] of kinds.entries()) {
        const ids = of.map((row) => row[[0, 3, 2, 1][n] ?? 0])
        assert.equal(new Set(ids).size, ids.length)
      }
      assert.equal(mailbox.length, size.users * size.messagesPerPair)
      assert.equal(inbox.length * 2, mailbox.length)
    }),
    { numRuns: 30 },
  )
})
