import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseRange } from './byte-range.ts'

describe('the Range header', () => {
  it('names a part, an open end, or the last bytes', () => {
    assert.deepEqual(parseRange('bytes=0-0', 10), { start: 0, end: 0 })
    assert.deepEqual(parseRange('bytes=2-5', 10), { start: 2, end: 5 })
    assert.deepEqual(parseRange('bytes=5-', 10), { start: 5, end: 9 })
    assert.deepEqual(parseRange('bytes=5-99', 10), { start: 5, end: 9 })
    assert.deepEqual(parseRange('bytes=-3', 10), { start: 7, end: 9 })
    assert.deepEqual(parseRange('bytes=-99', 10), { start: 0, end: 9 })
    assert.deepEqual(parseRange('BYTES= 1 - 2 ', 10), { start: 1, end: 2 })
  })

  it('is ignored when it is missing, several, of another unit, backwards or rubbish', () => {
    for (const header of [undefined, '', 'bytes=', 'bytes=-', 'bytes=a-b', 'bytes=0-1,4-5', 'lines=1-2', 'bytes=5-2'])
      assert.equal(parseRange(header, 10), 'all')
  })

  it('cannot be satisfied outside of the object', () => {
    assert.equal(parseRange('bytes=10-', 10), 'unsatisfiable')
    assert.equal(parseRange('bytes=-0', 10), 'unsatisfiable')
    assert.equal(parseRange('bytes=0-', 0), 'unsatisfiable')
    assert.equal(parseRange('bytes=99999999999999999999-', 10), 'unsatisfiable')
  })

  it('never leads outside of the object, whatever it says', () => {
    const header = fc.string({ unit: fc.constantFrom('bytes=', '-', ',', ' ', '0', '1', '9', '999999999999999999999') })
    fc.assert(
      fc.property(header, fc.nat(1000), (text, size) => {
        const range = parseRange(text, size)
        if (typeof range === 'string') return
        assert.ok(range.start >= 0 && range.start <= range.end && range.end < size)
      }),
    )
  })
})
