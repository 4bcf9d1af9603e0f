import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { buildSchema, getOperationAST, parse } from 'graphql'
import { newProjector, type Projected } from './projector.ts'

const schema = buildSchema(`
  scalar Json
  enum Color { RED BLUE }
  interface Node { id: ID name: String }
  type Dog implements Node { id: ID name: String bark: Int! friend: Node }
  type Cat implements Node { id: ID name: String lives: Int }
  union Pet = Dog | Cat
  type Query {
    i: Int s: String f: Float b: Boolean id: ID c: Color j: Json
    dog: Dog strict: Dog! pet: Pet node: Node nodes: [Node!] grid: [[Int!]]
  }`)

const project = (text: string, data: Record<string, unknown>, on: Record<string, boolean> = {}): Projected => {
  const document = parse(text)
  const operation = getOperationAST(document)
  const root = schema.getQueryType()
  assert.ok(operation && root)
  const names = Object.keys(on)
  const projector = newProjector(schema, document, operation, root, (name) => names.indexOf(name))
  return projector.project(data, Object.values(on), {})
}
const dataOf = (...args: Parameters<typeof project>): string => JSON.stringify(project(...args).data)

suite('a projector', () => {
  test('responds in the order of the selection, without what was not asked for', () => {
    const data = { s: 'x', i: 1, extra: true, dog: { name: 'a', bark: 2 } }
    assert.equal(
      dataOf('{ i dog { bark } s dog { n: name } }', { ...data, dog: { n: 'a', bark: 2 } }),
      '{"i":1,"dog":{"bark":2,"n":"a"},"s":"x"}',
    )
  })

  test('serialises leaves as graphql does', () => {
    const good = { i: '5', s: 12, f: 1, b: false, id: 7, c: 'RED', j: { any: [1] } }
    assert.equal(
      dataOf('{ i s f b id c j }', good),
      '{"i":5,"s":"12","f":1,"b":false,"id":"7","c":"RED","j":{"any":[1]}}',
    )
    const bad = { i: 2 ** 31, s: {}, f: 'x', b: 'true', id: 1.5, c: 'GREEN', j: null }
    const { data, faults } = project('{ i s f b id c j }', bad)
    assert.equal(JSON.stringify(data), '{"i":null,"s":null,"f":null,"b":null,"id":null,"c":null,"j":null}')
    assert.deepEqual(
      faults.map(({ path }) => path.join()),
      ['i', 's', 'f', 'b', 'id', 'c'],
    )
  })

  test('moves a null up to the nearest place that allows one, and says where it came from', () => {
    const nodes = [
      { __typename: 'Dog', bark: 1 },
      { __typename: 'Dog', bark: null },
    ]
    const { data, faults } = project('{ i nodes { ... on Dog { bark } } }', { i: 1, nodes })
    assert.equal(JSON.stringify(data), '{"i":1,"nodes":null}')
    assert.deepEqual(faults, [
      { message: 'Cannot return null for non-nullable field Dog.bark.', path: ['nodes', 1, 'bark'] },
    ])
    assert.equal(project('{ strict { bark } }', {}).data, null)
    assert.equal(dataOf('{ grid }', { grid: [[1, null], [2], null] }), '{"grid":[null,[2],null]}')
  })

  test('tells the members of unions and interfaces apart by __typename', () => {
    const text = '{ pet { ... on Dog { bark } ... on Cat { lives } } node { id ... on Cat { kind: __typename } } }'
    const cat = { __typename: 'Cat', id: 'c', lives: 9 }
    assert.equal(dataOf(text, { pet: cat, node: cat }), '{"pet":{"lives":9},"node":{"id":"c","kind":"Cat"}}')
    const { data, faults } = project(text, { pet: { __typename: 'Secret' }, node: { __typename: 'Dog' } })
    assert.equal(JSON.stringify(data), '{"pet":null,"node":{"id":null}}')
    assert.ok(!JSON.stringify(faults).includes('Secret'))
  })

  test('knows the type of an object inside a fragment on an interface', () => {
    assert.equal(dataOf('{ dog { ... on Node { ... on Dog { bark } } } }', { dog: { bark: 3 } }), '{"dog":{"bark":3}}')
  })

  test('orders fields by the selections that @skip and @include leave', () => {
    const text = 'query($v: Boolean!) { i @include(if: $v) s ... @skip(if: $v) { b } i }'
    const data = { i: 1, s: 'x', b: true }
    assert.equal(dataOf(text, data, { v: true }), '{"i":1,"s":"x"}')
    assert.equal(dataOf(text, data, { v: false }), '{"s":"x","b":true,"i":1}')
  })

  test('treats names of Object.prototype as ordinary', () => {
    const text = '{ constructor: i __proto__: dog { toString: name bark } hasOwnProperty: s }'
    const data = JSON.parse('{"__proto__":{"toString":"x","bark":1}}')
    const result = project(text, data).data
    assert.equal(
      JSON.stringify(result),
      '{"constructor":null,"__proto__":{"toString":"x","bark":1},"hasOwnProperty":null}',
    )
    assert.equal(Object.getPrototypeOf(result), Object.prototype)
    assert.equal(dataOf('{ __proto__: dog { bark } }', {}), '{"__proto__":null}')
  })

  test('makes null of data of another shape than the schema has', () => {
    assert.equal(
      dataOf('{ dog { bark } nodes { id } s }', { dog: [1], nodes: { id: 1 }, s: [] }),
      '{"dog":null,"nodes":null,"s":null}',
    )
  })
})
