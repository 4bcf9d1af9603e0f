import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { getOperationAST, parse } from 'graphql'
import { compileMerge, copy, type Shape, shapeOf } from './merge.ts'

const shape = (text: string): Shape => {
  const document = parse(text)
  const operation = getOperationAST(document)
  assert.ok(operation)
  return shapeOf(document, operation.selectionSet)
}

suite('a merge', () => {
  test('joins objects and lists that two subgraphs know parts of', () => {
    const target = { a: { x: 1 }, list: [{ x: 1 }, null], grid: [[{ x: 1 }]] }
    const source = { a: { y: 2 }, list: [{ y: 2 }, { y: 3 }], grid: [[{ y: 2 }]], gone: undefined }
    compileMerge(shape('{ a { y } list { y } grid { y } gone }'))(target, source)
    const expected = { a: { x: 1, y: 2 }, list: [{ x: 1, y: 2 }, { y: 3 }], grid: [[{ x: 1, y: 2 }]] }
    assert.deepEqual(target, expected)
  })

  test('lets the later answer win where the two do not fit', () => {
    const target: Record<string, unknown> = { a: { x: 1 }, b: null, c: [{}] }
    compileMerge(shape('{ a { x } b { x } c { x } }'))(target, { a: null, b: { x: 2 }, c: [{}, {}] })
    assert.deepEqual(target, { a: null, b: { x: 2 }, c: [{}, {}] })
  })

  test('takes only what was asked for, so that no key can reach a prototype', () => {
    const target = {}
    const hostile = JSON.parse('{"a":{"x":1},"__proto__":{"bad":1},"constructor":{"prototype":{"bad":1}}}')
    compileMerge(shape('{ a { x } }'))(target, hostile)
    assert.deepEqual(Object.keys(target), ['a'])
    compileMerge(shape('{ __proto__: a { x } constructor: b { x } }'))(target, hostile)
    assert.equal(JSON.stringify(target), '{"a":{"x":1},"__proto__":{"bad":1},"constructor":{"prototype":{"bad":1}}}')
    assert.equal(Object.getPrototypeOf(target), Object.prototype)
    assert.equal('bad' in {}, false)
  })

  test('keeps the type of an object when a subgraph only knows its interface', () => {
    const merge = compileMerge(shape('{ __typename }'), new Set(['Item']))
    const types = ['Item', 'Book', 'Item'].map((__typename) => ({ __typename }))
    const target = {}
    const seen = types.map((source) => {
      merge(target, source)
      return JSON.stringify(target)
    })
    assert.deepEqual(seen, ['{"__typename":"Item"}', '{"__typename":"Book"}', '{"__typename":"Book"}'])
  })

  test('copies as deep as the selection', () => {
    const source = { a: [{ x: { free: 1 }, unasked: 1 }], b: null }
    const copied = copy(shape('{ a { x } ...F } fragment F on Q { b { y } }'), source)
    assert.deepEqual(copied, { a: [{ x: { free: 1 } }], b: null })
    assert.notEqual((copied as typeof source).a[0], source.a[0]) // the shape is that of the source
  })
})
