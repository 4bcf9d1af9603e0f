import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Stack, startStack } from '../testkit/stack.ts'
import { type Account, type Answer, LegacyClient } from './legacy-client.ts'

const videos = 34

let stack: Stack
let client: LegacyClient
let anna: Account

before(async () => {
  stack = await startStack()
  client = new LegacyClient(stack.url)
  anna = await client.register('anna')
  const titles = Array.from({ length: videos }, (_, index) => `video ${index}`)
  // Four at a time: as many as are examined at once, and some of them end in the same millisecond.
  while (titles.length > 0)
    for (const answer of await Promise.all(titles.splice(0, 4).map((title) => client.publish(anna.token, title))))
      assert.equal(answer['status_code'], 0, answer['status_msg'])
})
after(() => stack[Symbol.asyncDispose]())

const feed = (latest_time?: string | number) =>
  client.get('/douyin/feed/', latest_time === undefined ? {} : { latest_time })
const idsOf = ({ video_list }: Answer): number[] => video_list.map(({ id }: Answer) => id)

test('every way to say now gives the newest 30', async () => {
  const newest = idsOf(await feed())
  assert.equal(newest.length, 30)
  assert.deepEqual(
    newest,
    newest.toSorted((a, b) => b - a),
    'newest first',
  )
  const soon = Date.now() + 86_400_000
  for (const now of [
    '',
    '0',
    '-1',
    'now',
    '2026-01-01',
    '1e400',
    soon,
    Math.floor(soon / 1000),
    99_999_999_999_999,
    '9007199254740991',
  ])
    assert.deepEqual(idsOf(await feed(now)), newest, String(now))
})

test('seconds and milliseconds of the past give what is older', async () => {
  const hourAgo = Date.now() - 3_600_000
  for (const time of [hourAgo, Math.floor(hourAgo / 1000), 1, 100_000_000_000])
    assert.deepEqual(idsOf(await feed(time)), [])
  const { next_time } = await feed()
  assert.ok(idsOf(await feed(next_time)).length > 0)
  const second = Math.floor(next_time / 1000)
  assert.deepEqual(idsOf(await feed(second)), idsOf(await feed(second * 1000)))
})

test('walking by next_time to the end shows each video once', async () => {
  const seen: number[] = []
  let answer = await feed()
  for (let pages = 0; idsOf(answer).length > 0; pages += 1) {
    assert.ok(pages < 10, 'it comes to an end')
    assert.ok(Number.isInteger(answer['next_time']) && answer['next_time'] > 1_000_000_000_000, 'in milliseconds')
    seen.push(...idsOf(answer))
    answer = await feed(answer['next_time'])
  }
  assert.equal(seen.length, videos)
  assert.equal(new Set(seen).size, videos)
  assert.deepEqual(idsOf(await feed(answer['next_time'])), idsOf(await feed()), 'and begins again')
})

test('every number is a number, and fits', async () => {
  const numbers: unknown[] = []
  const collect = (value: unknown) => {
    if (typeof value === 'number') numbers.push(value)
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect)
  }
  collect(await feed())
  assert.ok(numbers.length > 30 * 8)
  assert.ok(numbers.every(Number.isSafeInteger))
})
