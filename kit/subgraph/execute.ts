import { type DocumentNode, type ExecutionResult, execute, type GraphQLSchema, parse } from 'graphql'
import { LRUCache } from 'lru-cache'
import { flagsOf } from '../graphql/flags.ts'
import { weightOf } from '../operation-cost.ts'
import { compileOperation } from './executor/compile.ts'
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
    // The heaviest stays as well, though it has little company: what does not stay is compiled for every call.
    sizeCalculation: ({ document }, text) =>
      Math.min(weightOf(document, text.length, flagsOf(document).length), heaviestCompiled / 2),
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

const introspects = /\b__(schema|type)\b/

function compile(schema: GraphQLSchema, operation: string): CompiledOperation {
  const document = parse(operation, { noLocation: true })
  const compiled = introspects.test(operation) ? undefined : compileOperation(schema, document)
  if (compiled)
    return {
      document,
      run: async (variables, context, root = {}) => {
        const result = compiled(variables, context, root)
        return withInputCodes(result instanceof Promise ? await result : result)
      },
    }
  // What the compiler can't take, the interpreter can.
  return {
    document,
    run: async (variableValues, contextValue, rootValue = {}) =>
      withInputCodes(await execute({ schema, document, contextValue, variableValues, rootValue })),
  }
}
