import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildSchema } from 'graphql'
import { OperationCache } from './execute.ts'

test('operations stay compiled by what they weigh: heavy ones make room for each other, and many light ones have it', () => {
  const operations = new OperationCache(buildSchema('type Query { name: String }'))
  const compile = (prefix: string, fields: number) =>
    operations.get(`{ ${Array.from({ length: fields }, (_, n) => `${prefix}_${n}: name`).join(' ')} }`)
  const light = compile('light', 1)
  for (let n = 0; n < 100; n++) compile(`light${n}`, 1)
  assert.equal(compile('light', 1), light)
  for (let n = 0; n < 20; n++) compile(`heavy${n}`, 400)
  assert.equal(compile('heavy19', 400), compile('heavy19', 400))
  assert.notEqual(compile('light', 1), light)
})
