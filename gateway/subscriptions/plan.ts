import { operationFromDocument } from '@apollo/federation-internals'
import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  print,
  validate,
} from 'graphql'
import { LRUCache } from 'lru-cache'
import { errors } from '../../kit/errors.ts'
import { weightOf } from '../../kit/operation-cost.ts'
import { oneOperation } from '../executor/one-operation.ts'
import { type PreparedOperation, prepareOperation } from '../executor/prepare.ts'
import { type Audiences, checkAudiences, isImpersonal, noAudiences } from './audience.ts'
import { idleVariables, type Resumption, resumptionOf, withCursor } from './cursor.ts'
import { checkDeliveries, type Deliveries, type Delivery } from './delivery.ts'
import type { Generation } from './generation.ts'
import { rootField } from './root-field.ts'

/** A subscription, planned: which subgraph opens it, with what, and how its events are completed. */
export interface SubscriptionPlan {
  readonly generation: Generation
  /** The same for operations that differ in layout only. */
  readonly key: string
  /** The subgraph that has the events. */
  readonly owner: string
  readonly primary: NonNullable<PreparedOperation['primary']>
  /** Completes an event with what other subgraphs know. */
  readonly prepared: PreparedOperation
  readonly operation: OperationDefinitionNode
  readonly field: FieldNode
  readonly delivery: Delivery
  /** How a delivery by cursor goes on. */
  readonly resumption: Resumption | undefined
  /** Variables that events do not depend on, other than where they begin. */
  readonly idle: ReadonlySet<string>
  /** Whether all viewers may share it; it runs without a viewer then. */
  readonly forEveryone: boolean
  /** What it takes to keep it, in units of some 2 kB. */
  readonly weight: number
  /** Whether it was planned ahead and stays for ever. */
  readonly known: boolean
}

export interface PlannerOptions {
  readonly generation: Generation
  readonly deliveries?: Deliveries
  readonly audiences?: Audiences
  /** False tells clients no names that they do not know. */
  readonly suggestions?: boolean
}

/** Distinct texts that are remembered, and the weight of their plans: some 20 MB. An ordinary plan costs 10 ms and 50 kB. */
const mostTexts = 1_000
const heaviestTexts = 10_000
/** Of a subscription without its comments. Unlike a query's, its text stays in memory for as long as it runs. */
const mostCharacters = 20_000

/** Plans subscriptions with Apollo's planner. Queries and mutations are none of its business. */
export class SubscriptionPlanner {
  readonly generation: Generation
  readonly #deliveries: Deliveries
  readonly #audiences: Audiences
  readonly #suggestions: boolean
  readonly #kept = new Map<string, SubscriptionPlan>()
  readonly #texts = new LRUCache<string, SubscriptionPlan | 'other'>({
    max: mostTexts,
    maxSize: heaviestTexts,
    sizeCalculation: (plan, text) => (plan === 'other' ? 1 + Math.ceil(text.length / 1_000) : plan.weight),
  })
  readonly #plans = new LRUCache<string, SubscriptionPlan>({
    max: mostTexts,
    maxSize: heaviestTexts,
    sizeCalculation: ({ weight }) => weight,
  })

  constructor({ generation, deliveries = {}, audiences = noAudiences, suggestions = true }: PlannerOptions) {
    checkDeliveries(generation.schema, deliveries)
    checkAudiences(generation.schema, audiences)
    this.generation = generation
    this.#audiences = audiences
    this.#deliveries = deliveries
    this.#suggestions = suggestions
  }

  /**
   * The plan of a subscription; undefined for a query or mutation, which is not looked at any further.
   * @throws GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, OPERATION_RESOLUTION_FAILURE when `operationName` fits
   * none, or LIMIT_EXCEEDED
   */
  plan(query: string, operationName?: string): SubscriptionPlan | undefined {
    const name = nameOf(operationName)
    const text = name + query
    const kept = this.#kept.get(text)
    if (kept) return kept
    const known = this.#texts.get(text) ?? this.#read(query, operationName, name)
    if (text.length <= mostCharacters) this.#texts.set(text, known)
    return known === 'other' ? undefined : known
  }

  /** What {@link plan} gave for a subscription before, if it is still kept. */
  recall(query: string, operationName?: string): SubscriptionPlan | undefined {
    const text = nameOf(operationName) + query
    const known = this.#kept.get(text) ?? this.#texts.get(text)
    return known === 'other' ? undefined : known
  }

  /** Plans the subscriptions of a document ahead, and never forgets them. @throws like {@link plan} */
  keep(query: string): void {
    const operations = parsed(query).definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION)
    for (const { name, operation } of operations) {
      if (operation !== OperationTypeNode.SUBSCRIPTION) continue
      for (const called of operations.length === 1 ? [name?.value, undefined] : [name?.value]) {
        const plan = this.#read(query, called, nameOf(called), true)
        if (plan !== 'other') this.#kept.set(nameOf(called) + query, plan)
      }
    }
  }

  #read(query: string, operationName: string | undefined, name: string, known = false): SubscriptionPlan | 'other' {
    const document = parsed(query)
    const operation = getOperationAST(document, operationName)
    if (!operation)
      throw refusal('OPERATION_RESOLUTION_FAILURE', 'the document has no such operation, or several without a name')
    if (operation.operation !== OperationTypeNode.SUBSCRIPTION) return 'other'
    const key = name + print(document)
    const plan = this.#plans.get(key) ?? this.#make(key, document, operation, known)
    this.#plans.set(key, plan)
    return plan
  }

  #make(key: string, document: DocumentNode, operation: OperationDefinitionNode, known: boolean): SubscriptionPlan {
    if (key.length > mostCharacters) throw errors.limitExceeded('characters', mostCharacters)
    const { generation } = this
    const { schema, supergraphSchema, apiSchema, planner } = generation
    const field = rootField(document, operation)
    const [fault] = validate(schema, document, undefined, { maxErrors: 1, hideSuggestions: !this.#suggestions })
    if (fault) throw refusal('GRAPHQL_VALIDATION_FAILED', fault.message, fault)
    const delivery = this.#deliveries[field.name.value] ?? 'resume'
    const root = schema.getSubscriptionType()?.name ?? 'Subscription'
    const alone = oneOperation(document, operation)
    const resumption = typeof delivery === 'string' ? undefined : resumptionOf(alone, delivery)
    const planned = resumption ? withCursor(alone, operation, root, resumption) : alone
    const plan = planner.buildQueryPlan(operationFromDocument(apiSchema, planned))
    const prepared = prepareOperation({ schema, supergraphSchema, document: alone, plan })
    const { primary } = prepared
    if (!primary) throw errors.invalid('query', 'asks for nothing that a subgraph could tell')
    const idle = idleVariables(operation, planned)
    const forEveryone =
      this.#audiences.everyone.includes(field.name.value) && isImpersonal(schema, alone, this.#audiences)
    return {
      generation,
      key,
      owner: primary.serviceName,
      primary,
      prepared,
      operation,
      field,
      delivery,
      resumption,
      idle,
      forEveryone,
      weight: weightOf(document, key.length, prepared.flags.length),
      known,
    }
  }
}

const nameOf = (operationName: string | undefined) => JSON.stringify(operationName ?? null)

function parsed(query: string): DocumentNode {
  try {
    return parse(query)
  } catch (error) {
    if (error instanceof GraphQLError) throw refusal('GRAPHQL_PARSE_FAILED', error.message, error)
    throw error
  }
}

const refusal = (code: string, message: string, at: Pick<GraphQLError, 'source' | 'positions'> = unknownPlace) =>
  new GraphQLError(message, { source: at.source, positions: at.positions, extensions: { code } })

const unknownPlace = { source: undefined, positions: undefined }
