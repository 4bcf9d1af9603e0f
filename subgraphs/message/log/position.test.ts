import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codeOf } from '../../../kit/errors.ts'
import { decodePosition, encodePosition, following } from './position.ts'

const number = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const position = fc.record({ epoch: number, seq: number, id: number })

test('a cursor is the position that it was made of', () => {
  fc.assert(fc.property(position, (of) => assert.deepEqual(decodePosition(encodePosition(of)), { ...of })))
})

test('what is no cursor is refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
      assert.throws(
        () => decodePosition(text),
        (error) => codeOf(error) === 'BAD_USER_INPUT',
      )
    }),
  )
})

test('what follows is told only while everything before it is as it was', () => {
  const entries = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, n) => ({ seq: from + n, id: (from + n) * 10 }))
  const head = { epoch: 7, seq: 5 }
  const at = (seq: number, id = seq * 10) => ({ epoch: 7, seq, id })
  const cases = [
    [at(0), { head, entries: entries(1, 5) }, entries(1, 5)],
    [at(3), { head, entries: entries(3, 5) }, entries(4, 5)],
    [at(5), { head, entries: entries(5, 5) }, []],
    [at(2), { head, entries: entries(2, 3) }, entries(3, 3)], // a page that ends early
    [at(2), { head, entries: [...entries(2, 3), ...entries(5, 5)] }, entries(3, 3)], // up to the hole, and then:
    [at(3), { head, entries: [...entries(3, 3), ...entries(5, 5)] }, 'CHANGED'],
    [at(3), { head, entries: entries(4, 5) }, 'CHANGED'],
    [at(3, 31), { head, entries: entries(3, 5) }, 'CHANGED'],
    [at(5), { head: { epoch: 7, seq: 4 }, entries: [] }, 'SHORTENED'],
    [at(0), { head: { epoch: 8, seq: 5 }, entries: entries(1, 5) }, 'REPLACED'],
    [at(3), undefined, 'REPLACED'],
  ] as const
  for (const [from, page, expected] of cases) assert.deepEqual(following(from, page), expected)
})
