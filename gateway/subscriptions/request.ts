import { randomUUID } from 'node:crypto'
import { GraphQLError, getArgumentValues, getVariableValues } from 'graphql'
import { errors } from '../../kit/errors.ts'
import { writeKey } from '../../kit/graphql/code.ts'
import type { SubgraphCall } from '../../kit/subgraph/data-source.ts'
import type { Viewer } from '../../kit/viewer.ts'
import type { SubscriptionPlan } from './plan.ts'

type Variables = Readonly<Record<string, unknown>>

/** Characters of JSON. Unlike those of a query, variables stay for as long as the subscription. */
const mostVariables = 10_000

/** Who subscribes to what: everything that events can depend on. */
export interface SubscriptionRequest {
  readonly plan: SubscriptionPlan
  /** As the client sent them; only those that the operation declares. */
  readonly variables: Variables
  /** Checked, with defaults. */
  readonly coerced: Variables
  /** Where the client wants to go on, for a plan with a cursor. */
  readonly after: string | null
  readonly viewer: Viewer | null
  readonly origin: string
  /** Equal for requests that get equal events. */
  readonly key: string
}

/** @throws BAD_USER_INPUT for variables that do not fit, LIMIT_EXCEEDED for too much of them */
export function bindRequest(
  plan: SubscriptionPlan,
  given: Variables,
  asker: { viewer: Viewer | null; origin: string },
): SubscriptionRequest {
  const { origin } = asker
  const viewer = plan.forEveryone ? null : asker.viewer
  const definitions = plan.operation.variableDefinitions ?? []
  const { schema } = plan.generation
  const { coerced, errors: faults } = getVariableValues(schema, definitions, given, { maxErrors: 1 })
  if (!coerced)
    throw new GraphQLError(faults[0]?.message ?? 'bad variables', { extensions: { code: 'BAD_USER_INPUT' } })
  const variables: Record<string, unknown> = {}
  for (const { variable } of definitions) {
    const { value: name } = variable.name
    if (Object.hasOwn(given, name) && given[name] !== undefined) writeKey(variables, name, given[name])
  }
  if (JSON.stringify(variables).length > mostVariables) throw errors.limitExceeded('variables', mostVariables)
  const values = canonical(Object.fromEntries(Object.entries(variables).filter(([name]) => !plan.idle.has(name))))
  const alone = plan.delivery === 'state' ? randomUUID() : ''
  const key = [alone, viewer?.id ?? '', origin, values, plan.key].join('\n')
  return { plan, variables, coerced, after: afterOf(plan, coerced), viewer, origin, key }
}

/** What opens the request at its owner, going on after `cursor` where the plan has one. */
export const primaryCall = ({ plan, variables }: SubscriptionRequest, cursor: string | null): SubgraphCall =>
  plan.primary.call(plan.resumption ? { ...variables, [plan.resumption.variable]: cursor } : variables)

function afterOf({ resumption, field, generation }: SubscriptionPlan, coerced: Variables): string | null {
  if (!resumption) return null
  const definition = generation.schema.getSubscriptionType()?.getFields()[field.name.value]
  const after = definition && getArgumentValues(definition, field, coerced)[resumption.argument]
  return typeof after === 'string' ? after : null
}

/** The same text for the same value, in whatever order its keys were written. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
