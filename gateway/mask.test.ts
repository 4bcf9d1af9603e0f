import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maskError } from './mask.ts'

test('only errors of ours and of the protocol are shown', () => {
  const shown = (code: string) => maskError({ message: 'the disk is full', extensions: { code } }, 'r1').message
  assert.equal(shown('NOT_FOUND'), 'the disk is full')
  assert.equal(shown('GRAPHQL_PARSE_FAILED'), 'the disk is full')
  for (const code of ['INTERNAL_SERVER_ERROR', 'ENOSPC', 'toString', 'constructor', '__proto__'])
    assert.equal(shown(code), 'internal error')
})
