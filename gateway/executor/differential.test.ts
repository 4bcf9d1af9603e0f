import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type QueryPlan, serializeQueryPlan } from '@apollo/query-planner'
import fc from 'fast-check'
import { type ExecutionResult, getOperationAST, getVariableValues, parse, validate } from 'graphql'
import { type Execution, executeEvent, executePlan } from './execute.ts'
import { oneOperation } from './one-operation.ts'
import { type PreparedOperation, prepareOperation } from './prepare.ts'
import { comparable } from './test-graph/compare.ts'
import { planOf, schema, services, supergraphSchema } from './test-graph/graph.ts'
import { type GeneratedOperation, generateOperation } from './test-graph/operations.ts'
import { executeReference } from './test-graph/reference.ts'
import { answer, type Case, dataSources } from './test-graph/sources.ts'

// More cases, or a failed run again: node gateway/executor/differential.test.ts <runs> <seed>
const [runs = 300, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number)

type Weather = 'calm' | 'nulls' | 'faults' | 'down' | 'spoilt'

const DOWN = ['throws', 'rejects', 'refuses'] as const

const worlds = (weather: Weather, n: number): Case => ({
  world: { seed: n, nulls: weather === 'calm' ? 0 : 60, faults: weather === 'faults' ? 60 : 0, log: [] },
  down: weather === 'down' ? { [services[n % services.length] ?? '']: DOWN[n % 3] ?? 'throws' } : {},
  spoil: weather === 'spoilt' ? 40 : 0,
})

/** Apollo plans subscriptions but does not run them. What it has for an event is the sequence of both parts. */
const forApollo = ({ node }: QueryPlan): QueryPlan => {
  if (node?.kind !== 'Subscription') return { kind: 'QueryPlan', ...(node && { node }) }
  return { kind: 'QueryPlan', node: { kind: 'Sequence', nodes: [node.primary, ...(node.rest ? [node.rest] : [])] } }
}

const execute = async (
  prepared: PreparedOperation,
  given: Case,
  request: Execution<object>,
): Promise<ExecutionResult> => {
  const { primary } = prepared
  if (primary === undefined) return executePlan(prepared, request)
  const event = await answer(primary.serviceName, primary.call(request.variables), given)
  const before = JSON.stringify(event)
  const result = await executeEvent(prepared, event, request)
  assert.equal(JSON.stringify(event), before, 'the event may be shared')
  return result
}

const compare = async (
  { text, operationName, variables }: GeneratedOperation,
  weather: Weather,
  first: number,
): Promise<boolean> => {
  const whole = parse(text)
  if (text.length > 1_500 || validate(schema, whole).length > 0) return false // longer ones are for the planner to worry about
  const operation = getOperationAST(whole, operationName)
  assert.ok(operation)
  const document = oneOperation(whole, operation)
  const definitions = operation.variableDefinitions ?? []
  const { coerced, errors } = getVariableValues(schema, definitions, variables)
  assert.equal(errors, undefined)
  const plan = planOf(document)
  if (plan.node?.kind === 'Subscription' && weather === 'down') return false // its owner would send no event
  const prepared = prepareOperation({ schema, supergraphSchema, document, plan })
  for (let n = first; n < first + 3; n++) {
    const [here, there] = [worlds(weather, n), worlds(weather, n)]
    const request = { dataSources: dataSources(here), context: {}, variables, coercedVariables: coerced ?? {} }
    const ours = comparable(await execute(prepared, here, request))
    const theirs = comparable(await executeReference(forApollo(plan), document, variables, there))
    const about = () => `${weather} world ${n}: ${text} ${JSON.stringify(variables)}\n${serializeQueryPlan(plan)}`
    if (ours.text !== theirs.text) assert.fail(`${about()}\n--- ours\n${ours.text}\n--- Apollo's\n${theirs.text}`)
    // Apollo is silent about objects whose type it could not find out.
    assert.ok(theirs.faults.isSubsetOf(ours.faults), `${about()}\n${[...theirs.faults]} but ours ${[...ours.faults]}`)
    assert.deepEqual(here.world.log, there.world.log, 'order of mutations')
  }
  return true
}

suite("the executor and Apollo's give the same answers", () => {
  for (const kind of ['query', 'mutation', 'subscription'] as const) {
    test(`to any ${kind}`, async (t) => {
      let compared = 0
      const weathers = fc.constantFrom<Weather[]>('calm', 'nulls', 'faults', 'down', 'spoilt')
      const property = fc.asyncProperty(fc.gen(), weathers, fc.nat(), async (g, weather, first) => {
        if (await compare(generateOperation(g, kind), weather, first)) compared += 3
      })
      const numRuns = kind === 'query' ? runs : Math.ceil(runs / 4)
      await fc.assert(property, { seed, numRuns })
      t.diagnostic(`seed ${seed}: ${compared} answers compared`)
      assert.ok(compared > numRuns / 2)
    })
  }
})
