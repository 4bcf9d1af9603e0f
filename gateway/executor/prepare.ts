import type { QueryPlan } from '@apollo/query-planner'
import { type DocumentNode, type GraphQLSchema, getOperationAST, type OperationTypeNode } from 'graphql'
import { errors } from '../../kit/errors.ts'
import { flagsOf } from '../../kit/graphql/flags.ts'
import type { SubgraphCall } from '../../kit/subgraph/data-source.ts'
import { compileCall, type Variables } from './call.ts'
import { type Absorb, compileAbsorb } from './fetch.ts'
import { compileIntrospection, type Introspect } from './introspection.ts'
import { type CompiledPlan, compilePlan } from './plan.ts'
import { newProjector, type Projector } from './projector/projector.ts'

/** An operation with all that does not depend on a request worked out. May serve any number of requests at once. */
export interface PreparedOperation extends CompiledPlan {
  readonly kind: OperationTypeNode
  /** Boolean variables that decide about `@skip`, `@include` and parts of the plan. */
  readonly flags: readonly string[]
  readonly projector: Projector
  readonly introspect: Introspect | undefined
  /** Of a subscription only: the call that opens it at its owner. */
  readonly primary: PreparedPrimary | undefined
}

export interface PreparedPrimary {
  readonly serviceName: string
  /** @param variables as the client sent them */
  call(variables: Variables): SubgraphCall
  readonly absorb: Absorb
}

export interface Prepare {
  /** What clients see: decides about nulls, leaf values, abstract types and introspection. */
  readonly schema: GraphQLSchema
  /** With the `@inaccessible` types too, for plans that need them. Default: {@link Prepare.schema}. */
  readonly supergraphSchema?: GraphQLSchema
  /** Valid by `schema`, and without any other operation: see `oneOperation`. */
  readonly document: DocumentNode
  readonly plan: QueryPlan
}

/**
 * Compiles an operation and its plan, about a tenth of the planner's own time.
 * Throws a `TypeError` for plans that it does not know: `@defer` and `@fromContext`.
 */
export const prepareOperation = (input: Prepare): PreparedOperation => {
  const { schema, supergraphSchema = schema, document, plan } = input
  const operation = getOperationAST(document)
  if (!operation) throw new TypeError('a document of one operation is needed')
  const root = schema.getRootType(operation.operation)
  if (!root) throw errors.invalid('operation', `the schema has no ${operation.operation} type`)

  const flags = flagsOf(document)
  const flagOf = (variable: string): number => {
    if (!flags.includes(variable)) flags.push(variable)
    return flags.indexOf(variable)
  }
  const { node } = plan
  const event = node?.kind === 'Subscription' ? node : undefined
  const compiled = compilePlan(supergraphSchema, node?.kind === 'Subscription' ? node.rest : node, flagOf)
  const primary = event && {
    serviceName: event.primary.serviceName,
    call: compileCall(event.primary),
    absorb: compileAbsorb(supergraphSchema, event.primary, []),
  }
  const projector = newProjector(schema, document, operation, root, flagOf)
  if (flags.length === 0) projector.compile([])
  return {
    ...compiled,
    kind: operation.operation,
    flags,
    projector,
    introspect: compileIntrospection(schema, document, operation),
    primary,
  }
}
