import { readFileSync } from 'node:fs'
import { operationFromDocument } from '@apollo/federation-internals'
import { ApolloGateway } from '@apollo/gateway'
import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql'
import { LRUCache } from 'lru-cache'
import { refuseApolloTelemetry } from '../kit/env.ts'
import { errors } from '../kit/errors.ts'
import { weightOf } from '../kit/operation-cost.ts'
import type { DataSources } from '../kit/owners.ts'
import { plans } from '../kit/trace-points.ts'
import type { RequestScope } from '../kit/viewer.ts'
import { executePlan } from './executor/execute.ts'
import { oneOperation } from './executor/one-operation.ts'
import { type PreparedOperation, prepareOperation } from './executor/prepare.ts'
import { SharedReads } from './shared-reads.ts'
import { createGeneration, type Generation } from './subscriptions/generation.ts'

/** An operation that is parsed, valid and planned. */
export interface Planned {
  readonly operation: OperationDefinitionNode
  readonly prepared: PreparedOperation
  readonly reads: SharedReads<ExecutionResult>
}

/**
 * Planned operations that are kept, and their weight together: some 40 MB, whatever clients send. The least recently used
 * goes first.
 */
const mostPlanned = 2_000
const heaviestPlanned = 20_000

interface ApolloLogger {
  debug(message?: unknown): void
  info(message?: unknown): void
  warn(message?: unknown): void
  error(message?: unknown): void
}

/**
 * The composed graph: Apollo's gateway loads the supergraph and plans, our own executor runs the plans. One supergraph for
 * the life of the process: a new one comes with a new version of the software, so plans never go out of date.
 */
export class Federation {
  readonly generation: Generation
  readonly #sources: () => DataSources
  readonly #kept = new Map<string, Planned>()
  readonly #planned = new LRUCache<string, Planned>({ max: mostPlanned, maxSize: heaviestPlanned })

  private constructor(generation: Generation, sources: () => DataSources) {
    this.generation = generation
    this.#sources = sources
  }

  /** What clients see. */
  get schema(): GraphQLSchema {
    return this.generation.schema
  }

  /** @param supergraphSdl the composed graph; the committed one unless a test brings its own */
  static async load({
    sources,
    logger,
    supergraphSdl = readFileSync(new URL('../schema/supergraph.graphql', import.meta.url), 'utf8'),
  }: {
    sources: () => DataSources
    logger: ApolloLogger
    supergraphSdl?: string
  }): Promise<Federation> {
    refuseApolloTelemetry()
    const gateway = new ApolloGateway({
      supergraphSdl,
      logger,
      // Asked of the gateway for each subgraph, and never called: its executor is not the one that runs.
      buildService: () => ({ process: () => Promise.reject(new Error('plans run in gateway/executor')) }),
    })
    await gateway.load()
    const planner = gateway.__testing().queryPlanner
    if (!planner) throw new Error('the gateway has no planner')
    return new Federation(createGeneration(supergraphSdl, planner), sources)
  }

  /**
   * Plans an operation, once.
   * @param key equal for equal text and operation name
   * @param document valid by {@link schema}
   */
  plan(key: string, document: DocumentNode, operationName: string | undefined): Planned {
    const known = this.recall(key)
    if (known) return known
    const planned = plans.traceSync(() => this.#plan(document, operationName), { operationName })
    const size = weightOf(document, document.loc?.end ?? 0, planned.prepared.flags.length)
    this.#planned.set(key, planned, { size })
    return planned
  }

  /** What was planned for this key, if it is still kept. */
  recall(key: string): Planned | undefined {
    return this.#kept.get(key) ?? this.#planned.get(key)
  }

  /** Plans an operation ahead, like {@link plan}, and never forgets it: for those that no client decides about. */
  keep(key: string, document: DocumentNode, operationName: string | undefined): Planned {
    const planned = this.#plan(document, operationName)
    this.#kept.set(key, planned)
    return planned
  }

  /**
   * Equal reads of one viewer that run at once share an answer: it must not be changed.
   * @param variables as the client sent them. Faults of the request and of subgraphs are in `errors`.
   */
  async execute(
    { operation, prepared, reads }: Planned,
    variables: Readonly<Record<string, unknown>>,
    context: RequestScope,
  ): Promise<ExecutionResult> {
    const { coerced, errors: faults } = getVariableValues(this.schema, operation.variableDefinitions ?? [], variables, {
      maxErrors: 20,
    })
    if (faults) return { errors: faults.map((fault) => errors.invalid('variables', fault.message)) }
    const execution = { dataSources: this.#sources(), context, variables, coercedVariables: coerced }
    if (prepared.kind !== 'query') return executePlan(prepared, execution)
    // Addresses in an answer begin with the origin of who asked.
    const key = `${context.viewer?.id ?? ''} ${context.origin} ${JSON.stringify(variables)}`
    return reads.read(key, () => executePlan(prepared, execution))
  }

  #plan(document: DocumentNode, operationName: string | undefined): Planned {
    const operation = getOperationAST(document, operationName)
    if (!operation) throw errors.invalid('operationName', 'names no operation of the document')
    const { apiSchema, planner, schema, supergraphSchema } = this.generation
    const alone = oneOperation(document, operation)
    const plan = planner.buildQueryPlan(operationFromDocument(apiSchema, alone))
    const prepared = prepareOperation({ schema, supergraphSchema, document: alone, plan })
    return { operation, prepared, reads: new SharedReads() }
  }
}
