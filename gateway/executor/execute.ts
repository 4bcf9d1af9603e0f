import type { ExecutionResult } from 'graphql'
import { errors } from '../../kit/errors.ts'
import type { DataSource } from '../../kit/subgraph/data-source.ts'
import type { Variables } from './call.ts'
import { copy } from './merge.ts'
import type { PreparedOperation } from './prepare.ts'
import type { Run } from './run.ts'

/** @typeParam Context handed on to the data sources */
export interface Execution<Context> {
  readonly dataSources: ReadonlyMap<string, DataSource<Context>>
  readonly context: Context
  /** As the client sent them. */
  readonly variables: Variables
  /** Checked against the operation, with defaults. */
  readonly coercedVariables: Variables
}

/**
 * Runs a query or mutation. Faults of subgraphs are in `errors`; it rejects only for a fault of its own. Data that breaks
 * the schema without any error becomes null by the rules of GraphQL and is told in `extensions.valueCompletion`.
 */
export const executePlan = <Context>(
  prepared: PreparedOperation,
  execution: Execution<Context>,
): Promise<ExecutionResult> => start(prepared, execution)

/**
 * Completes one event of a subscription: fetches what other subgraphs know about it. `event` is left as it was, so that
 * several operations may share it.
 */
export const executeEvent = <Context>(
  prepared: PreparedOperation,
  event: ExecutionResult,
  execution: Execution<Context>,
): Promise<ExecutionResult> => start(prepared, execution, event)

const start = async <Context>(
  prepared: PreparedOperation,
  { dataSources, context, variables, coercedVariables }: Execution<Context>,
  event?: ExecutionResult,
): Promise<ExecutionResult> => {
  const flags: boolean[] = []
  for (const name of prepared.flags) {
    const value = coercedVariables[name]
    if (typeof value !== 'boolean') return { errors: [errors.invalid(`$${name}`, 'must be true or false')] }
    flags.push(value)
  }
  const run: Run = { data: {}, errors: [], variables, flags, context, dataSources, open: [], gathered: [] }
  if (event !== undefined) absorbEvent(prepared, run, event)
  const pending = prepared.step?.(run)
  if (pending !== undefined) await pending
  return respond(prepared, run)
}

const absorbEvent = ({ primary }: PreparedOperation, run: Run, event: ExecutionResult): void => {
  if (primary === undefined) throw new TypeError('only subscriptions have events')
  const data = event.data && (copy(primary.absorb.shape, event.data) as typeof event.data) // a copy of an object is one
  primary.absorb(run, [run.data], { ...event, ...(data === undefined ? {} : { data }) })
}

const respond = (prepared: PreparedOperation, run: Run): ExecutionResult => {
  const introspection = prepared.introspect?.(run.variables) ?? NOTHING
  const { data, faults } = prepared.projector.project(run.data, run.flags, introspection)
  if (run.errors.length > 0) return { errors: run.errors, data }
  return faults.length > 0 ? { data, extensions: { valueCompletion: faults } } : { data }
}

const NOTHING = {}
