import assert from 'node:assert/strict'
import { test } from 'node:test'
import { feedMoment, momentOf, monthAndDay, toDateTime } from './moment.ts'

const now = Date.UTC(2026, 0, 31, 8)

test('seconds and milliseconds of the same moment are the same moment', () => {
  assert.equal(momentOf(String(now / 1000)), now)
  assert.equal(momentOf(String(now)), now)
  assert.equal(momentOf('1.7698464e+12'), 1_769_846_400_000)
})

test('nothing, zero, negative numbers and words are no time', () => {
  for (const text of [undefined, '', '0', '-1', '-1769846400000', 'now', '2026-01-31', '0.0'])
    assert.equal(momentOf(text), undefined, String(text))
})

test('a time beyond every calendar can still be written', () => {
  assert.equal(toDateTime(momentOf('9007199254740991') ?? 0), '9999-12-31T23:59:59.999Z')
})

test('the feed of a future moment is the newest feed', () => {
  assert.equal(feedMoment(String(now + 3_600_000), now), undefined)
  assert.equal(feedMoment(String(now - 1), now), now - 1)
})

test('a moment that the feed gave out goes through although a clock is a little late', () => {
  assert.equal(feedMoment(String(now + 5), now), now + 5)
})

test('the day of a comment is the day in China', () => {
  assert.equal(monthAndDay('2026-01-31T15:59:59.999Z'), '01-31')
  assert.equal(monthAndDay('2026-01-31T16:00:00.000Z'), '02-01')
  assert.equal(monthAndDay('2025-12-31T16:00:00.000Z'), '01-01')
})
