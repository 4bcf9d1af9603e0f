import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GraphQLError } from 'graphql'
import { codeOf, errors } from './errors.ts'

test('only codes of the catalogue are codes', () => {
  const fault = (code: unknown) => codeOf(new GraphQLError('x', { extensions: { code } }))
  assert.equal(codeOf(errors.notFound('Video', 7)), 'NOT_FOUND')
  assert.equal(fault('NOT_FOUND'), 'NOT_FOUND')
  for (const code of ['NOTHING', 'toString', 'constructor', '__proto__', 7, undefined])
    assert.equal(fault(code), undefined)
})
