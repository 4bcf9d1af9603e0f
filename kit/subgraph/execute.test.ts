import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { buildSchema, GraphQLError, parse } from 'graphql'
import { withEntities } from './entities.ts'
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

test('an operation weighs as much as the shapes that flags give it', async () => {
  const operations = new OperationCache(buildSchema('type Query { name: String }'))
  const light = operations.get('{ name }')
  const flags = ['a', 'b', 'c', 'd']
  const flagged = (prefix: string, fields: number) =>
    operations.get(`query(${flags.map((flag) => `$${flag}: Boolean!`)}) {
      ${flags.map((flag) => `${flag}: name @skip(if: $${flag})`)}
      ${Array.from({ length: fields }, (_, n) => `${prefix}_${n}: name`)} }`)
  for (let n = 0; n < 4; n++) flagged(`heavy${n}`, 200)
  assert.notEqual(operations.get('{ name }'), light)
  assert.equal(flagged('heaviest', 700), flagged('heaviest', 700))
})

test('whatever answers and arguments are called, they are there', async () => {
  const schema = buildSchema('type Query { me: Query twice(n: Int!): Int }')
  const root = { me: {}, twice: 4 }
  Object.assign(root.me, root)
  const operations = new OperationCache(schema)
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const operation = `query($${name}: Int!) { me { ${name}: twice(n: $${name}) other: twice(n: $${name}) } ${name}: twice(n: 2) }`
    const { data, errors } = await operations.get(operation).run({ [name]: 2 }, {}, root)
    assert.equal(errors, undefined)
    assert.equal(JSON.stringify(data), `{"me":{"${name}":4,"other":4},"${name}":4}`)
  }
})

test('a value that does not fit is the fault of who sent it, and what a resolver throws is not', async () => {
  const schema = buildSchema('scalar Even type Query { twice(n: Int! = 1, even: Even): Int broken: Int number: Int }')
  const fields = schema.getQueryType()?.getFields()
  const even = schema.getType('Even')
  assert.ok(fields?.['twice'] && fields['broken'] && even && 'parseLiteral' in even)
  even.parseLiteral = () => {
    throw new Error('odd')
  }
  fields['twice'].resolve = (_, { n }) => 2 * n
  fields['broken'].resolve = () => {
    throw new Error('Argument "n" is too large')
  }
  const codes = async (operation: string, variables = {}) => {
    const { errors } = await new OperationCache(schema).get(operation).run(variables, {}, { number: 'x' })
    for (const error of errors ?? []) assert.ok(error instanceof GraphQLError)
    return errors?.map(({ extensions }) => extensions?.['code'])
  }
  assert.deepEqual(await codes('query($n: Int) { twice(n: $n) }', { n: null }), ['BAD_USER_INPUT'])
  assert.deepEqual(await codes('query($n: Int) { __proto__: twice(n: $n) }', { n: null }), ['BAD_USER_INPUT'])
  assert.deepEqual(await codes('query($n: Int!) { twice(n: $n) }', { n: 'x' }), ['BAD_USER_INPUT'])
  assert.deepEqual(await codes('{ twice(even: 3) }'), ['BAD_USER_INPUT'])
  assert.deepEqual(await codes('query($n: Int) { twice(n: $n) }'), undefined)
  for (const operation of ['{ broken }', '{ number }', '{ __proto__: broken }', '{ __proto__: number }'])
    assert.deepEqual(await codes(operation), [undefined])
})

test('an entity that fails at once fails alone', async () => {
  const typeDefs = parse(
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key"]) type User @key(fields: "id") { id: ID! }',
  )
  const resolvers = {
    User: {
      __resolveReference: ({ id }: { id: string }) => {
        if (id === 'x') throw new GraphQLError('not an id', { extensions: { code: 'BAD_USER_INPUT' } })
        return id === '2' ? Promise.resolve({ id }) : { id }
      },
    },
  }
  const schema = withEntities(buildSubgraphSchema([{ typeDefs, resolvers }]), resolvers)
  const operation = 'query($of: [_Any!]!) { _entities(representations: $of) { ... on User { id } } }'
  const of = ['1', 'x', '2'].map((id) => ({ __typename: 'User', id }))
  const { data, errors } = await new OperationCache(schema).get(operation).run({ of }, {})
  assert.equal(JSON.stringify(data), '{"_entities":[{"id":"1"},null,{"id":"2"}]}')
  assert.deepEqual(
    errors?.map(({ path, extensions }) => [path, extensions['code']]),
    [[['_entities', 1], 'BAD_USER_INPUT']],
  )
})
