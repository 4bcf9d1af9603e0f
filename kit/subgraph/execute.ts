import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  Kind,
  parse,
  valueFromASTUntyped,
} from 'graphql'
import { compileQuery, isCompiledQuery } from 'graphql-jit'
import { LRUCache } from 'lru-cache'
import { weightOf } from '../operation-cost.ts'
import { withInputCodes } from './input-errors.ts'

/**
 * Distinct operations that stay compiled, and their weight together: some 20 MB. An ordinary one has 40 kB; clients decide
 * what the planner writes, and one of 400 fields has 700 kB.
 */
const mostCompiled = 1_000
const heaviestCompiled = 10_000

/** An operation that is ready to run. `root` is the event of a subscription; queries and mutations have none. */
export interface CompiledOperation {
  readonly document: DocumentNode
  run(variables: Readonly<Record<string, unknown>>, context: object, root?: unknown): Promise<ExecutionResult>
}

/** Compiles operations once and keeps them. They are trusted: our own planner wrote them, so they are not validated. */
export class OperationCache {
  readonly #schema: GraphQLSchema
  readonly #compiled = new LRUCache<string, CompiledOperation>({
    max: mostCompiled,
    maxSize: heaviestCompiled,
    sizeCalculation: ({ document }, text) => weightOf(document, text.length),
  })

  constructor(schema: GraphQLSchema) {
    this.#schema = schema
  }

  get(operation: string): CompiledOperation {
    const known = this.#compiled.get(operation)
    if (known) return known
    const compiled = compile(this.#schema, operation)
    this.#compiled.set(operation, compiled)
    return compiled
  }
}

function compile(schema: GraphQLSchema, operation: string): CompiledOperation {
  const document = parse(operation, { noLocation: true })
  const defaults = defaultsOf(document)
  // Of this name the compiler would set prototypes instead of keys.
  const compiled = operation.includes('__proto__') ? undefined : compileQuery(schema, document)
  if (compiled && isCompiledQuery(compiled))
    return {
      document,
      run: async (variables, context, root = {}) =>
        withInputCodes(await compiled.query(root, context, { ...defaults, ...variables })),
    }
  // What the compiler can't take, the interpreter can.
  return {
    document,
    run: async (variableValues, contextValue, rootValue = {}) =>
      withInputCodes(await execute({ schema, document, contextValue, variableValues, rootValue })),
  }
}

/** The compiler takes a variable that is left out for a missing one, even where it has a default. */
function defaultsOf(document: DocumentNode): Record<string, unknown> {
  const variables = document.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? (definition.variableDefinitions ?? []) : [],
  )
  return Object.fromEntries(
    variables.flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  )
}
