import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { QueryPlan } from '@apollo/query-planner'
import { type ExecutionResult, GraphQLError, parse } from 'graphql'
import type { DataSource, SubgraphCall } from '../../kit/subgraph/data-source.ts'
import { executePlan } from './execute.ts'
import { type PreparedOperation, prepareOperation } from './prepare.ts'
import { planOf, schema, supergraphSchema } from './test-graph/graph.ts'
import { dataSources } from './test-graph/sources.ts'

const prepare = (text: string, plan?: QueryPlan): PreparedOperation => {
  const document = parse(text)
  return prepareOperation({ schema, supergraphSchema, document, plan: plan ?? planOf(document) })
}

type Answers = Readonly<Record<string, (call: SubgraphCall) => ExecutionResult>>

/** Runs an operation on subgraphs that answer by hand; `calls` are the calls in the order they were made. */
const run = async (text: string, answers: Answers, variables: Record<string, unknown> = {}) => {
  const calls: { name: string; call: SubgraphCall }[] = []
  const sources = Object.entries(answers).map(([name, answer]): [string, DataSource<unknown>] => [
    name,
    {
      name,
      execute: async (call) => {
        calls.push({ name, call })
        return answer(call)
      },
      subscribe: () => Promise.reject(new Error('not used here')),
    },
  ])
  const request = { dataSources: new Map(sources), context: {}, variables, coercedVariables: variables }
  const result = await executePlan(prepare(text), request)
  const plain: { data: unknown; errors?: { message: string; path?: unknown[]; extensions?: object }[] } = JSON.parse(
    JSON.stringify(result),
  )
  return { ...plain, calls }
}

const book = (id: string, author: string) => ({ __typename: 'Book', id, author: { __typename: 'Person', id: author } })
const representations = (call: SubgraphCall): { id: string }[] => call.variables['representations'] as { id: string }[] // of an entity call

const named = (call: SubgraphCall): ExecutionResult => ({
  data: { _entities: representations(call).map(({ id }) => ({ name: `name of ${id}`, address: { city: id } })) },
})

suite('an execution', () => {
  test('asks once for an entity that is in several places', async () => {
    const catalog = () => ({ data: { books: [book('b1', 'p1'), book('b2', 'p1'), book('b3', 'p2')] } })
    const { data, calls } = await run('{ books { author { name address { city } } } }', { catalog, people: named })
    assert.deepEqual(
      calls.slice(1).map(({ call }) => representations(call).map(({ id }) => id)),
      [['p1', 'p2']],
    )
    const author = (id: string) => ({ author: { name: `name of ${id}`, address: { city: id } } })
    assert.deepEqual(data, { books: [author('p1'), author('p1'), author('p2')] })
  })

  test('gathers once what several subgraphs are asked about at one place', async () => {
    const entities = (fields: object) => (call: SubgraphCall) => ({
      data: { _entities: representations(call).map(() => ({ ...fields })) },
    })
    const { data, calls } = await run('{ books { stock reviews { stars } } }', {
      catalog: () => ({ data: { books: [book('b1', 'p1'), book('b2', 'p1')] } }),
      shop: entities({ stock: 1 }),
      reviews: entities({ reviews: [{ stars: 5 }] }),
    })
    const [, one, other] = calls
    assert.deepEqual(data, { books: [1, 2].map(() => ({ stock: 1, reviews: [{ stars: 5 }] })) })
    assert.ok(one && other && one.name !== other.name)
    assert.equal(one.call.variables['representations'], other.call.variables['representations'])
  })

  test('merges equal fetches that get ready in one tick, whatever the operation is called', async () => {
    const catalog = () => ({ data: { a: book('b1', 'p1'), b: book('b2', 'p2'), c: book('b3', 'p1') } })
    const text =
      'query Named { a: book(id: "b1") { author { name } } b: book(id: "b2") { author { name } } c: book(id: "b3") { author { name } } }'
    const { data, calls } = await run(text, { catalog, people: named })
    assert.deepEqual(
      calls.map(({ name }) => name),
      ['catalog', 'people'],
    )
    const author = (id: string) => ({ author: { name: `name of ${id}` } })
    assert.deepEqual(data, { a: author('p1'), b: author('p2'), c: author('p1') })
  })

  test('tells an error of an entity at every place of it', async () => {
    const catalog = () => ({ data: { a: book('b1', 'p1'), books: [book('b2', 'p2'), book('b3', 'p1')] } })
    const people = (call: SubgraphCall): ExecutionResult => ({
      ...named(call),
      errors: [new GraphQLError('no', { path: ['_entities', 0, 'name'], extensions: { code: 'FORBIDDEN', why: 1 } })],
    })
    const { errors } = await run('{ a: book(id: "b1") { author { name } } books { author { name } } }', {
      catalog,
      people,
    })
    const paths = errors?.map(({ path }) => path?.join('.')).sort()
    assert.deepEqual(paths, ['a.author.name', 'books.1.author.name'])
    assert.deepEqual(errors?.[0]?.extensions, { code: 'FORBIDDEN', why: 1 })
  })

  test('counts only the asked for entities when it finds the place of an error', async () => {
    const search = [{ __typename: 'Person', id: 'p9' }, book('b1', 'p1'), null, book('b2', 'p1')]
    const shop = (): ExecutionResult => ({
      data: { _entities: [{ stock: 1 }, null] },
      errors: [new GraphQLError('no', { path: ['_entities', 1, 'stock'] })],
    })
    const { data, errors } = await run('{ search(text: "") { ... on Book { stock } } }', {
      catalog: () => ({ data: { search } }),
      shop,
    })
    assert.deepEqual(
      errors?.map(({ path }) => path),
      [['search', 3, 'stock']],
    )
    assert.deepEqual(data, { search: [{}, { stock: 1 }, null, null] })
  })

  test('keeps false, 0 and the empty text of fields that the planner gave another name', async () => {
    const cover = 'search(text: "") { ... on Book { c: cover(size: 1) } ... on Film { c: cover(size: 2) } }'
    const answer = {
      search: [
        { __typename: 'Film', c__alias_0: '' },
        { __typename: 'Book', c: 'x' },
      ],
    }
    const errors = [new GraphQLError('no', { path: ['search', 0, 'c__alias_0'] })]
    const result = await run(`{ ${cover} }`, { catalog: () => ({ data: answer, errors }) })
    assert.deepEqual(result.data, { search: [{ c: '' }, { c: 'x' }] })
    assert.deepEqual(result.errors?.[0]?.path, ['search', 0, 'c'])
  })

  test('has UNAVAILABLE for a data source that throws, is missing or breaks the protocol', async () => {
    const catalog = () => ({ data: { book: book('b1', 'p1') } })
    const text = '{ book(id: "b1") { id author { name } } }'
    const broken: Answers[] = [
      { catalog },
      {
        catalog,
        people: () => {
          throw new Error('secret')
        },
      },
      { catalog, people: () => ({ data: { _entities: [] } }) },
      { catalog, people: () => ({}) },
    ]
    for (const answers of broken) {
      const { data, errors } = await run(text, answers)
      assert.deepEqual(data, { book: null })
      const found = errors?.map(({ message, extensions }) => [message, (extensions as { code: string }).code]) // set by the catalogue
      assert.deepEqual(found, [['people is not available now', 'UNAVAILABLE']])
    }
  })

  test('sends the raw variables that a fetch uses and no others', async () => {
    const text = 'query($json: Json, $id: ID!) { echo(json: $json) latest { text } book(id: $id) { title } }'
    const answers = { catalog: () => ({ data: { echo: 1, book: null } }), reviews: () => ({ data: { latest: null } }) }
    const { calls } = await run(text, answers, { json: { raw: ['x'] }, id: 'b1', other: 1 })
    const sent = Object.fromEntries(calls.map(({ name, call }) => [name, call.variables]))
    assert.deepEqual(sent, { catalog: { json: { raw: ['x'] }, id: 'b1' }, reviews: {} })
  })

  test('refuses what it cannot do', async () => {
    const { data, ...rest } = await run('query($v: Boolean = true) { me { id @skip(if: $v) } }', {}, { v: null })
    assert.equal(data, undefined)
    assert.match(JSON.stringify(rest), /BAD_USER_INPUT/)
    const node = { kind: 'Defer' as const, primary: {}, deferred: [] }
    assert.throws(() => prepare('{ me { id } }', { kind: 'QueryPlan', node }), /@defer/)
    assert.throws(
      () =>
        prepare(
          'query($representations: Int) { me { friends(first: $representations) { reviews(first: $representations) { id } } } }',
        ),
      /reserved/,
    )
  })

  test('follows paths that are limited to some types', async () => {
    const texts = [
      '{ items { ... on Book { author { name } } ... on Film { author { age } } } }',
      '{ search(text: "x") { ... on Film { author { name } } ... on Book { author { reviews { id } } } } }',
    ]
    for (const text of texts) {
      const document = parse(text)
      for (let seed = 0; seed < 30; seed++) {
        const world = { seed, nulls: 50, faults: 0, log: [] }
        const request = {
          dataSources: dataSources({ world, down: {}, spoil: 0 }),
          context: {},
          variables: {},
          coercedVariables: {},
        }
        const plans = [planOf(document), planOf(document, { typeConditioned: true })]
        const [plain, typed] = await Promise.all(plans.map((plan) => executePlan(prepare(text, plan), request)))
        assert.match(JSON.stringify(plans[1]), /\|\[/)
        assert.equal(JSON.stringify(typed), JSON.stringify(plain))
      }
    }
  })
})
