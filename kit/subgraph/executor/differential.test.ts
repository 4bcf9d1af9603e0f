import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import fc from 'fast-check'
import { type ExecutionResult, execute, GraphQLError, parse, validate } from 'graphql'
import { OperationCache } from '../execute.ts'
import { operation } from './testkit-operations.ts'
import { schemaOf, type World } from './testkit-world.ts'

// More cases, or a failed run again: node kit/subgraph/executor/differential.test.ts <runs> <seed>
const [runs = 1_000, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number)

/** Of several faults below one null, the specification leaves open which are told; and in which order any are. */
function comparable({ data, errors = [] }: ExecutionResult) {
  const told = errors.map((error) => ({ message: error.message, path: error.path, at: nullAt(data, error.path ?? []) }))
  const places = [...new Set(told.map(({ at }) => at))].sort()
  const alone = told.filter(({ path, at }) => JSON.stringify(path) === at).map(({ message, at }) => `${at} ${message}`)
  return { text: JSON.stringify(data), places, alone: alone.sort() }
}

function nullAt(data: unknown, path: readonly (string | number)[]): string {
  let value = data
  const there: (string | number)[] = []
  for (const key of path) {
    if (typeof value !== 'object' || value === null) break
    value = Object.getOwnPropertyDescriptor(value, key)?.value
    there.push(key)
  }
  return JSON.stringify(there)
}

// The interpreter leaves rejections unhandled of what a null further up has made pointless; its errors know the text.
const isInterpreters = (error: unknown) => error instanceof GraphQLError && error.source !== undefined

suite('what is compiled answers as the interpreter does', () => {
  const schema = schemaOf()
  before(() => {
    const listeners = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', (error, promise) => {
      if (!isInterpreters(error)) for (const listener of listeners) listener(error, promise)
    })
  })
  for (const kind of ['query', 'mutation'] as const)
    test(`any ${kind}`, async (t) => {
      let compared = 0
      let withErrors = 0
      const property = fc.asyncProperty(fc.gen(), fc.nat(), async (g, n) => {
        const { text, variables } = operation(g, kind, schema)
        const document = parse(text)
        if (validate(schema, document).length > 0) return
        const [here, there]: [World, World] = [
          { seed: n, log: [] },
          { seed: n, log: [] },
        ]
        const ours = await new OperationCache(schema).get(text).run(variables, here)
        const theirs = await execute({
          schema,
          document,
          variableValues: variables,
          contextValue: there,
          rootValue: {},
        })
        assert.deepEqual(comparable(ours), comparable(theirs), `world ${n}: ${text} ${JSON.stringify(variables)}`)
        assert.deepEqual(here.log, there.log, 'order of mutations')
        compared++
        if (theirs.errors) withErrors++
      })
      await fc.assert(property, { seed, numRuns: kind === 'query' ? runs : Math.ceil(runs / 4) })
      t.diagnostic(`seed ${seed}: ${compared} answers compared, ${withErrors} of them with errors`)
      assert.ok(compared > runs / 8 && withErrors > compared / 20)
    })
})
