import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { epoch, firstIdAt, IdSource, timeOf, toKey, workers } from './ids.ts'

const endless = { from: 0, until: () => Number.MAX_SAFE_INTEGER }

test('ids of one process ascend, whatever the clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5_000, max: 5_000 }), { maxLength: 500 }), (steps) => {
      let now = Date.UTC(2026, 0, 1)
      const source = new IdSource({ worker: 3, ...endless }, () => now)
      let last = 0
      for (const step of steps) {
        now += step
        const id = source.next()
        assert.ok(id > last && Number.isSafeInteger(id))
        last = id
      }
    }),
  )
})

test('processes with different workers never make the same id', () => {
  const now = Date.UTC(2026, 0, 1)
  const made = Array.from({ length: workers }, (_, worker) => {
    const source = new IdSource({ worker, ...endless }, () => now)
    return Array.from({ length: 100 }, () => source.next())
  }).flat()
  assert.equal(new Set(made).size, made.length)
})

test('a successor that begins at the end of its predecessor never repeats an id', () => {
  const clock = () => Date.UTC(2026, 0, 1)
  const first = new IdSource({ worker: 1, ...endless }, clock)
  const made = Array.from({ length: 1_000 }, () => first.next())
  const second = new IdSource({ worker: 1, from: first.end, until: endless.until }, clock)
  assert.ok(second.next() > Math.max(...made))
})

test('an id tells when it was made and stays below 2^53 until 2091', () => {
  const now = Date.UTC(2091, 0, 1)
  const id = new IdSource({ worker: workers - 1, ...endless }, () => now).next()
  assert.equal(timeOf(id), now)
  assert.ok(id >= firstIdAt(now) && id < firstIdAt(now + 1) && id <= Number.MAX_SAFE_INTEGER)
  assert.equal(firstIdAt(epoch - 1), 0)
})

test('no id is made when the lease has run out', () => {
  const source = new IdSource({ worker: 0, from: 0, until: () => epoch }, () => epoch + 1)
  assert.throws(() => source.next(), { code: 'UNAVAILABLE' })
})

test('only whole numbers from 1 to 2^53-1 are keys', () => {
  assert.equal(toKey('9007199254740991'), 2 ** 53 - 1)
  for (const text of ['', '0', '-1', '01', '1.0', '1e3', ' 1', 'x', '9007199254740992', '99999999999999999999'])
    assert.throws(() => toKey(text), { code: 'BAD_USER_INPUT' }, text)
})
