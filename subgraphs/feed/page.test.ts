import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { encodeCursor } from '../../kit/cursor.ts'
import { codeOf } from '../../kit/errors.ts'
import { epoch, firstIdAt, timeOf } from '../../kit/ids.ts'
import { crowdedIds } from './feed-testkit.ts'
import { type FeedArguments, feedRange, longestPage, pageOf, pageOfMilliseconds, wholeMillisecond } from './page.ts'

const size = fc.integer({ min: 1, max: longestPage })

/** What the store would answer, on an array. */
function read(all: readonly number[], page: FeedArguments) {
  const { below = Number.POSITIVE_INFINITY, above = -1 } = feedRange(page)
  const inRange = all.filter((id) => id < below && id > above)
  const ids = inRange.slice(0, page.first + 1)
  if (page.after) return pageOf(ids, page.first)
  return pageOfMilliseconds(ids, page.first) ?? wholeMillisecond(inRange)
}

describe('pages of the feed', () => {
  test('that are walked by time show every video exactly once, however many share a millisecond', () => {
    fc.assert(
      fc.property(crowdedIds, size, (all, first) => {
        const seen: number[] = []
        for (let publishedBefore: number | undefined, more = true; more; ) {
          const page = read(all, { first, publishedBefore })
          seen.push(...page.ids)
          more = page.hasNextPage
          const last = page.ids.at(-1)
          assert.ok(last !== undefined || all.length === 0)
          publishedBefore = last === undefined ? undefined : timeOf(last)
        }
        assert.deepEqual(seen, all)
      }),
    )
  })

  test('that are walked by cursor are full and show every video exactly once', () => {
    fc.assert(
      fc.property(crowdedIds, size, (all, first) => {
        const seen: number[] = []
        let after = encodeCursor(Number.MAX_SAFE_INTEGER)
        for (let more = true; more; ) {
          const page = read(all, { first, after })
          seen.push(...page.ids)
          more = page.hasNextPage
          if (more) assert.equal(page.ids.length, first)
          after = encodeCursor(page.ids.at(-1) ?? 0)
        }
        assert.deepEqual(seen, all)
      }),
    )
  })

  test('without a cursor never end inside a millisecond, and are longer than asked for only when they hold just one', () => {
    fc.assert(
      fc.property(crowdedIds, size, (all, first) => {
        const { ids, hasNextPage } = read(all, { first })
        assert.deepEqual(ids, all.slice(0, ids.length))
        assert.equal(hasNextPage, ids.length < all.length)
        const [last, next] = [ids.at(-1), all[ids.length]]
        if (last !== undefined && next !== undefined) assert.notEqual(timeOf(last), timeOf(next))
        assert.ok(ids.length <= first || new Set(ids.map(timeOf)).size === 1)
      }),
    )
  })

  test('are bounded by every argument at once', () => {
    const ids = [firstIdAt(epoch + 9), firstIdAt(epoch + 5), firstIdAt(epoch + 3)] as const
    const [newest, middle, oldest] = ids
    assert.deepEqual(feedRange({ first: 1 }), { below: undefined, above: undefined })
    assert.deepEqual(feedRange({ first: 30, after: encodeCursor(newest), before: encodeCursor(oldest) }), {
      below: newest,
      above: oldest,
    })
    assert.equal(feedRange({ first: 1, after: encodeCursor(newest), publishedBefore: epoch + 5 }).below, middle)
    assert.equal(feedRange({ first: 1, after: encodeCursor(oldest), publishedBefore: epoch + 5 }).below, oldest)
    assert.equal(feedRange({ first: 1, publishedBefore: -1 }).below, 0)
    for (const wrong of [{ first: 0 }, { first: 31 }, { first: 1, after: 'x' }, { first: 1, before: '' }])
      assert.throws(
        () => feedRange(wrong),
        (error) => codeOf(error) === 'BAD_USER_INPUT',
      )
  })
})
