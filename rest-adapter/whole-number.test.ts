import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { wholeNumber } from './whole-number.ts'

const ids = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

test('every id is read back from plain, exponent and padded spelling', () => {
  fc.assert(
    fc.property(ids, (id) => {
      for (const text of [String(id), id.toExponential(), id.toExponential().replace('+', ' '), `${id}.0`, `0${id}`])
        assert.equal(wholeNumber(text), id, text)
    }),
  )
})

test('the spelling of a floating point client is understood', () => {
  assert.equal(wholeNumber('1.234567e+06'), 1_234_567)
  assert.equal(wholeNumber('9.007199254740991e+15'), Number.MAX_SAFE_INTEGER)
  assert.equal(wholeNumber('1200e-2'), 12)
})

test('what is not a whole number below 2^53 is nothing', () => {
  const bad = [
    '',
    ' ',
    '-1',
    '1.5',
    '1e-1',
    '1.234567e+05',
    '9007199254740992',
    '9007199254740990.6',
    '1e16',
    '1e999',
    '0x10',
  ]
  for (const text of [...bad, 'abc', '１', 'NaN', 'Infinity', '1e', '1_000', '1,000', '+1', '1 2'])
    assert.equal(wholeNumber(text), undefined, text)
})

test('garbage never throws and never becomes anything but a safe whole number', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789.eE+- '), maxLength: 40 }), (text) => {
      const value = wholeNumber(text)
      assert.ok(value === undefined || (Number.isSafeInteger(value) && value >= 0))
    }),
  )
})
