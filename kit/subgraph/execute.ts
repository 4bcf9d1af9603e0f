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

/** Distinct operations that stay compiled. The planner writes few; each costs some 20 kB. */
const mostCompiled = 1_000

/** An operation that is ready to run. `root` is the event of a subscription; queries and mutations have none. */
export interface CompiledOperation {
  readonly document: DocumentNode
  run(variables: Readonly<Record<string, unknown>>, context: object, root?: unknown): Promise<ExecutionResult>
}

/** Compiles operations once and keeps them. They are trusted: our own planner wrote them, so they are not validated. */
export class OperationCache {
  readonly #schema: GraphQLSchema
  readonly #compiled = new Map<string, CompiledOperation>() // least recently used first

  constructor(schema: GraphQLSchema) {
    this.#schema = schema
  }

  get(operation: string): CompiledOperation {
    const compiled = this.#compiled.get(operation) ?? compile(this.#schema, operation)
    this.#compiled.delete(operation)
    this.#compiled.set(operation, compiled)
    if (this.#compiled.size > mostCompiled) this.#compiled.delete(this.#compiled.keys().next().value as string) // not empty
    return compiled
  }
}

function compile(schema: GraphQLSchema, operation: string): CompiledOperation {
  const document = parse(operation, { noLocation: true })
  const defaults = defaultsOf(document)
  const compiled = compileQuery(schema, document)
  if (isCompiledQuery(compiled))
    return {
      document,
      run: async (variables, context, root = {}) => compiled.query(root, context, { ...defaults, ...variables }),
    }
  // What the compiler can't take, the interpreter can.
  return {
    document,
    run: async (variableValues, contextValue, rootValue = {}) =>
      execute({ schema, document, contextValue, variableValues, rootValue }),
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
