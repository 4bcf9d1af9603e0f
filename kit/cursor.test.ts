import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { connection, pageRequest } from './connection.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { checkedText, cleanText } from './text.ts'

test('a cursor comes back as the key it was made of, and nothing else is a cursor', () => {
  fc.assert(fc.property(fc.maxSafeNat(), (key) => decodeCursor(encodeCursor(key)) === key))
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        return encodeCursor(decodeCursor(text)) === text
      } catch (error) {
        return error instanceof Error && 'code' in error && error.code === 'BAD_USER_INPUT'
      }
    }),
  )
})

test('walking the pages of a list visits every row once, in order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(1_000)), fc.integer({ min: 1, max: 100 }), (keys, first) => {
      const list = keys.toSorted((a, b) => b - a)
      const seen: number[] = []
      for (let after: string | null = null, more = true; more; ) {
        const request = pageRequest({ first, after })
        const rows = list.filter((key) => request.after === undefined || key < request.after).slice(0, request.limit)
        const page = connection(
          rows,
          request,
          (key) => key,
          (key) => key,
        )
        assert.ok(page.nodes.length <= first)
        seen.push(...page.nodes)
        more = page.pageInfo.hasNextPage
        after = page.pageInfo.endCursor
      }
      assert.deepEqual(seen, list)
    }),
  )
})

test('a page has between 1 and 100 rows', () => {
  for (const first of [0, -1, 101]) assert.throws(() => pageRequest({ first }), { code: 'BAD_USER_INPUT' })
})

test('names are trimmed and composed, and counted in characters', () => {
  assert.equal(cleanText('name', '  Zoe\u0308 ', { max: 3 }), 'Zo\u00eb')
  assert.equal(cleanText('name', '\u{1f600}'.repeat(32), { max: 32 }), '\u{1f600}'.repeat(32))
  for (const text of ['', '   ', 'x'.repeat(33), 'a\u0000b', '\ud800'])
    assert.throws(() => cleanText('name', text, { max: 32 }), { code: 'BAD_USER_INPUT' })
})

test('what people write stays as they wrote it', () => {
  assert.equal(checkedText('content', ' two\n lines ', { max: 20 }), ' two\n lines ')
  assert.throws(() => checkedText('content', ' \n ', { max: 20 }), { code: 'BAD_USER_INPUT' })
})
