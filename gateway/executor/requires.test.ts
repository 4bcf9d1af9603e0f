import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { QueryPlanSelectionNode } from '@apollo/query-planner'
import fc from 'fast-check'
import { buildSchema } from 'graphql'
import { compileExtractor } from './requires.ts'

const schema = buildSchema(`
  interface I { id: ID }
  type A implements I { id: ID n: Int dims: D }
  type B implements I { id: ID }
  type D { w: Int h: Int }
  type Query { i: I }`)

const field = (name: string, selections?: QueryPlanSelectionNode[]): QueryPlanSelectionNode => ({
  kind: 'Field',
  name,
  ...(selections && { selections }),
})
const on = (typeCondition: string, ...selections: QueryPlanSelectionNode[]): QueryPlanSelectionNode => ({
  kind: 'InlineFragment',
  typeCondition,
  selections,
})
const flat = compileExtractor(schema, [
  on('A', field('__typename'), field('id'), field('n')),
  on('B', field('__typename'), field('id')),
])
const single = compileExtractor(schema, [on('A', field('__typename'), field('id'))])
const deep = compileExtractor(schema, [
  on('I', field('__typename'), field('id')),
  on('A', field('__typename'), field('dims', [field('w')])),
  on('A', field('dims', [field('h')])),
])

suite('requirements of a fetch', () => {
  test('are read from objects of the right types only', () => {
    assert.deepEqual(flat.build({ __typename: 'B', id: '1', n: 2 }), { __typename: 'B', id: '1' })
    assert.equal(flat.keyOf({ __typename: 'C', id: '1' }), undefined)
    assert.equal(flat.keyOf({ id: '1' }), undefined)
  })

  test('leave out an object that lacks one of them', () => {
    assert.equal(flat.keyOf({ __typename: 'A', id: '1' }), undefined)
    assert.notEqual(flat.keyOf({ __typename: 'A', id: '1', n: null }), undefined)
    assert.equal(deep.keyOf({ __typename: 'A' }), undefined)
  })

  test('reach into objects and lists, and join overlapping fragments', () => {
    const dims = [{ w: 1, h: 2, more: 3 }, null]
    const expected = { __typename: 'A', id: '1', dims: [{ w: 1, h: 2 }, null] }
    assert.deepEqual(deep.build({ __typename: 'A', id: '1', dims }), expected)
  })

  test('have equal keys only when they are equal', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.constantFrom(null, '1', 1, '1s1', true, 'true'))
    const object = fc.record({ __typename: fc.constantFrom('A', 'B'), id: value, n: value })
    fc.assert(
      fc.property(object, object, (a, b) => {
        for (const { keyOf, build } of [flat, single, deep]) {
          assert.equal(keyOf(a) === keyOf(b), JSON.stringify(build(a)) === JSON.stringify(build(b)))
        }
      }),
    )
  })
})
