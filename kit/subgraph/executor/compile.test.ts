import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { buildSchema, execute, type GraphQLFieldResolver, parse } from 'graphql'
import { compileOperation } from './compile.ts'

const typeDefs =
  'interface Named { id: ID } type A implements Named { id: ID } type Query { here: Int there: Int all: [Int!] named: [Named] }'

interface Case {
  readonly resolve?: Readonly<Record<string, GraphQLFieldResolver<unknown, unknown>>>
  readonly typeOf?: (path: unknown) => unknown
}

/** Answers of the compiled operation and of the interpreter. */
async function answers(operation: string, { resolve = {}, typeOf = () => 'A' }: Case) {
  const schema = buildSchema(typeDefs)
  const named = schema.getType('Named')
  assert.ok(named && 'resolveType' in named)
  named.resolveType = (_value, _context, { path }) => typeOf(path) as string
  Object.entries(resolve).forEach(([name, resolver]) => {
    const field = schema.getQueryType()?.getFields()[name]
    assert.ok(field)
    field.resolve = resolver
  })
  const document = parse(operation, { noLocation: true })
  const run = compileOperation(schema, document)
  assert.ok(run)
  return [await run({}, {}, {}), await execute({ schema, document, contextValue: {}, rootValue: {} })].map((answer) =>
    JSON.stringify(answer),
  )
}

/** A promise that is not of the platform's class. */
const thenable = (then: (resolve: (value: unknown) => void) => unknown) => ({ then })

test('an Int that is none is the fault of its field', async () => {
  for (const value of [1n, Symbol('one'), Object.create(null)]) {
    const [ours, theirs] = await answers('{ here there }', { resolve: { here: () => value, there: () => 2 } })
    assert.equal(ours, theirs)
  }
})

test('a promise of somebody’s own making may call back at once, twice, and never properly', async () => {
  const late = () => new Promise((resolve) => setTimeout(resolve, 20, 2))
  const atOnce = thenable((resolve) => resolve(1))
  const twice = thenable((resolve) => {
    setTimeout(resolve, 1, 1)
    setTimeout(resolve, 2, 3)
  })
  for (const value of [atOnce, twice]) {
    const [ours] = await answers('{ here there }', { resolve: { here: () => value, there: late } })
    assert.equal(ours, '{"data":{"here":1,"there":2}}')
  }
  const broken = thenable(() => {
    throw new Error('broken')
  })
  const [ours, theirs] = await answers('{ here there }', { resolve: { here: () => broken, there: late } })
  assert.equal(ours, theirs)
})

test('an error that can not even be told ends the run, whenever it comes', async () => {
  const untold = Object.defineProperty(new Error(), 'message', {
    get: () => {
      throw new Error('no message')
    },
  })
  for (const here of [() => Promise.reject(untold), () => Promise.resolve(untold)])
    await assert.rejects(answers('{ here there }', { resolve: { here } }), /no message/)
})

test('nothing in a list is left unheard because of a null before it', async (context: TestContext) => {
  const unheard = context.mock.fn()
  process.on('unhandledRejection', unheard)
  context.after(() => process.off('unhandledRejection', unheard))
  const schema = buildSchema(typeDefs)
  const run = compileOperation(schema, parse('{ all }'))
  const { data } = (await run?.({}, {}, { all: [null, Promise.reject(new Error('later'))] })) ?? {}
  assert.deepEqual(data, { all: null })
  await new Promise(setImmediate)
  assert.equal(unheard.mock.callCount(), 0)
})

test('who says of which type an item is may take time, and hears of the place of the field', async () => {
  const paths: unknown[] = []
  const typeOf = (path: unknown) => {
    paths.push(path)
    return thenable((resolve) => Promise.resolve('A').then(resolve))
  }
  const [ours, theirs] = await answers('{ named { __typename } }', { resolve: { named: () => [{}] }, typeOf })
  assert.equal(ours, theirs)
  assert.equal(JSON.stringify(paths[0]), JSON.stringify(paths[1]))
})

test('what a newer gateway knows and this schema does not is left out', async () => {
  const [ours, theirs] = await answers('{ here later ... on Later { here } named { ... on Later { id } id } }', {
    resolve: { here: () => 1, named: () => [{}] },
  })
  assert.equal(ours, theirs)
})
