import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  getVariableValues,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  print,
} from 'graphql'
import { writeKey } from '../../graphql/code.ts'
import { newSelector } from '../../graphql/collect.ts'
import { flagsOf, Variants } from '../../graphql/flags.ts'
import { fragmentsOf } from '../../graphql/fragments.ts'
import type { JsonObject } from '../../record.ts'
import type { Execute } from './complete.ts'
import type { Operation } from './field.ts'
import { compileObject } from './object.ts'
import { INVALID, Run } from './run.ts'

/** Runs an operation; `root` is what its outermost fields are asked of. Rejects only for a fault of its own. */
export type RunOperation = (
  variables: Readonly<Record<string, unknown>>,
  context: object,
  root: unknown,
) => ExecutionResult | Promise<ExecutionResult>

/**
 * Compiles an operation to the calls of its resolvers: what `execute` of graphql-js answers, at a fraction of its cost.
 * Undefined where only the interpreter can: types that have to be asked whether a value is theirs. It knows no introspection.
 */
export function compileOperation(schema: GraphQLSchema, document: DocumentNode): RunOperation | undefined {
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION)
  const [operation] = operations
  const root = operation && schema.getRootType(operation.operation)
  if (!root || operations.length > 1 || hasTypeTests(schema)) return undefined

  const shared: Operation = {
    schema,
    operation,
    fragments: Object.fromEntries(fragmentsOf(document)),
    argumentPlaces: 0,
  }
  const names = flagsOf(document)
  const variants = new Variants((flags) =>
    compileParts(shared, document, root, (name) => flags[names.indexOf(name)] === true),
  )
  const coerce = coercion(schema, operation)

  return (given, context, rootValue) => {
    const { coerced, errors } = coerce(given)
    if (coerced === undefined) return { errors }
    const parts = variants.of(names.map((name) => coerced[name] === true))
    const run = new Run(context, rootValue, coerced, shared.argumentPlaces)
    const [only] = parts
    return only && parts.length === 1 ? runPart(run, only) : runInOrder(run, parts)
  }
}

/** Fields that run side by side: all of a query, one of a mutation. */
type Part = Execute

const compileParts = (
  shared: Operation,
  document: DocumentNode,
  root: GraphQLObjectType,
  included: (variable: string) => boolean,
): Part[] => {
  const { schema, operation } = shared
  const selector = newSelector(schema, document, included)
  const fields = selector.collect(root, [{ selectionSet: operation.selectionSet, parent: root }])
  const together =
    operation.operation === OperationTypeNode.MUTATION ? [...fields].map((field) => new Map([field])) : [fields]
  return together.map((some) => compileObject(shared, selector, root, some))
}

/** The result at once, unless there is a promise to wait for. */
function runPart(run: Run, part: Part): ExecutionResult | Promise<ExecutionResult> {
  const done = part(run, run.root, undefined)
  run.data = done === INVALID ? null : (done as JsonObject) // keys are the names of fields
  return run.idle()?.then(() => run.result) ?? run.result
}

/** One after the other, until a null reaches the top. */
async function runInOrder(run: Run, parts: readonly Part[]): Promise<ExecutionResult> {
  const data: JsonObject = {}
  for (const part of parts) {
    await runPart(run, part)
    if (run.data === null) return run.result
    for (const [key, value] of Object.entries(run.data)) writeKey(data, key, value)
  }
  run.data = data
  return run.result
}

type Coerced =
  | { readonly coerced: Readonly<Record<string, unknown>>; readonly errors?: undefined }
  | { readonly coerced?: undefined; readonly errors: readonly GraphQLError[] }

/** Representations may be anything, and are as many as a page has: they are taken as they are. */
const coercion = (schema: GraphQLSchema, { variableDefinitions = [] }: OperationDefinitionNode) => {
  const plain = variableDefinitions.find(({ type }) => print(type) === '[_Any!]!')?.variable.name.value
  const others = variableDefinitions.filter(({ variable }) => variable.name.value !== plain)
  return (given: Readonly<Record<string, unknown>>): Coerced => {
    const definitions = plain !== undefined && Array.isArray(given[plain]) ? others : variableDefinitions
    const values = getVariableValues(schema, definitions, given)
    if (values.coerced && plain !== undefined && definitions === others) writeKey(values.coerced, plain, given[plain])
    return values
  }
}

const hasTypeTests = (schema: GraphQLSchema): boolean =>
  Object.values(schema.getTypeMap()).some((type) => isObjectType(type) && type.isTypeOf)
