import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf } from '../kit/errors.ts'
import { favoriteParams } from './fields.ts'
import { Params } from './params.ts'

test('the first place that has a value wins', () => {
  const params = new Params([{ a: 'query' }, { a: 'body', b: 'body' }]).and({ a: 'form', b: 'form', c: 'form' })
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((name) => params.text(name)),
    ['query', 'body', 'form', undefined],
  )
})

test('an empty value counts as absent', () => {
  assert.equal(new Params([{ a: '' }, { a: 'later' }]).text('a'), 'later')
  assert.equal(new Params([{ a: '' }]).text('a'), undefined)
})

test('the first of a repeated parameter counts', () => {
  assert.equal(new Params([{ a: ['first', 'second'] }]).text('a'), 'first')
})

test('numbers of JSON are read as text, objects and nulls are not read', () => {
  const params = new Params([{ a: 12, b: { c: 1 }, d: null, e: true }])
  assert.deepEqual(
    ['a', 'b', 'd', 'e'].map((name) => params.text(name)),
    ['12', undefined, undefined, 'true'],
  )
})

test('inherited properties are no parameters', () => {
  const params = new Params([JSON.parse('{"a": "1"}'), {}])
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty'])
    assert.equal(params.text(name), undefined)
})

test('a token may have the word Bearer in front of it, wherever it comes from', () => {
  for (const params of [
    new Params([{ token: 'abc' }]),
    new Params([{ token: 'Bearer abc' }]),
    new Params([], 'Bearer abc'),
    new Params([], 'bearer  abc '),
    new Params([], 'abc'),
    new Params([{ token: '' }], 'Bearer abc'),
    new Params([{ token: 'abc' }], 'Bearer other'),
  ])
    assert.equal(params.token, 'abc')
})

test('no token, an empty one and the bare word Bearer are nobody', () => {
  for (const params of [
    new Params([]),
    new Params([{ token: ' ' }]),
    new Params([], 'Bearer '),
    new Params([{ token: 'bearer ' }]),
  ])
    assert.equal(params.token, null)
})

test('what does not fit is told by the parameter it is about', () => {
  const read = (source: Record<string, unknown>) => () => new Params([source]).read(favoriteParams)
  const about = (subject: string) => (error: unknown) =>
    codeOf(error) === 'BAD_USER_INPUT' && (error as { extensions: { subject: string } }).extensions.subject === subject
  assert.throws(read({ action_type: '1' }), about('video_id'))
  assert.throws(read({ video_id: '0', action_type: '1' }), about('video_id'))
  assert.throws(read({ video_id: '-5', action_type: '1' }), about('video_id'))
  assert.throws(read({ video_id: '9007199254740992', action_type: '1' }), about('video_id'))
  assert.throws(read({ video_id: '7', action_type: '3' }), about('action_type'))
  assert.throws(read({ video_id: '7' }), about('action_type'))
  assert.deepEqual(read({ video_id: '1.234567e+06', action_type: 2 })(), { video_id: '1234567', action_type: 2 })
})
