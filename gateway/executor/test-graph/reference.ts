import { buildOperationContext, executeQueryPlan } from '@apollo/gateway'
import type { QueryPlan } from '@apollo/query-planner'
import {
  type DirectiveNode,
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type FragmentSpreadNode,
  type InlineFragmentNode,
  Kind,
  parse,
  visit,
} from 'graphql'
import type { JsonObject } from '../../../kit/record.ts'
import { compileWalk, parsePath } from '../path.ts'
import { apiSchema, schema, subgraphs, supergraphSchema } from './graph.ts'
import { answer, type Case, downMessage } from './sources.ts'

const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** The same plan, run by `@apollo/gateway` on the same data. */
export const executeReference = async (
  plan: QueryPlan,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
  given: Case,
): Promise<ExecutionResult> => {
  // Apollo keeps the objects of root answers, so that they show what it has merged so far.
  const live: JsonObject = Object.create(null)
  const process = async (
    service: string,
    { request, pathInIncomingRequest: path }: Asked,
  ): Promise<ExecutionResult> => {
    if (given.down[service] === 'throws') throw new Error(downMessage(service))
    const { query = '', variables: sent = {} } = request
    const { representations } = sent
    const places = Array.isArray(representations)
      ? placesOf(representations, compileWalk(parsePath(path))(live))
      : undefined
    const { data, errors } = await answer(service, { operation: query, variables: sent }, given)
    if (places === undefined) for (const key of Object.keys(data ?? {})) live[key] ??= data?.[key]
    renameFalsy(data)
    // With Apollo the type of an object depends on whether the subgraph that only knows the interface is heard last.
    if (service === 'ratings' && places)
      for (const entity of (data?.['_entities'] ?? []) as JsonObject[]) delete entity?.['__typename']
    const moved = errors?.map((error) => {
      const slot = error.path?.[1]
      const place = typeof slot === 'number' ? places?.[slot] : undefined
      return place === undefined ? error : { ...error, path: [...(error.path ?? [])].with(1, place) }
    })
    return { ...(data === undefined ? {} : { data }), ...(moved === undefined ? {} : { errors: moved as never }) } // JSON, as a server sends it
  }
  const serviceMap = Object.fromEntries(
    [...subgraphs.keys()].map((name) => [name, { process: (asked: Asked) => process(name, asked) }]),
  )
  const context = { request: { variables }, context: {}, metrics: {}, logger }
  const operation = buildOperationContext({
    schema,
    operationDocument: distinct(document),
    operationName: null,
  } as never) // as the gateway calls it
  return executeQueryPlan(plan, serviceMap as never, context as never, operation, supergraphSchema, apiSchema) as never // its types name parts of a server
}

interface Asked {
  readonly request: { readonly query?: string; readonly variables?: Readonly<Record<string, unknown>> }
  readonly pathInIncomingRequest: (string | number)[]
}

/**
 * The position of each representation among all objects at its path. Apollo takes the position among the representations
 * for it when it works out error paths, which is wrong as soon as one object has no representation.
 */
const placesOf = (representations: readonly JsonObject[], objects: readonly JsonObject[]): number[] => {
  let next = 0
  return representations.map(({ __typename: _, ...fields }) => {
    const matches = (object: JsonObject) =>
      Object.entries(fields).every(([key, value]) => typeof value === 'object' || object[key] === value)
    const place = objects.findIndex((object, i) => i >= next && matches(object))
    next = place + 1
    return place
  })
}

/** Apollo undoes the planner's aliases for all values but `false`, 0 and '', which it loses. */
const renameFalsy = (value: unknown): void => {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    const [, name] = /^(.*)__alias_\d+$/.exec(key) ?? []
    if (name !== undefined && !inner && inner !== null) Object.assign(value, { [name]: inner })
    renameFalsy(inner)
  }
}

/**
 * Gives every selection a directive of its own that changes nothing. Apollo joins equal fragments and fields of one
 * selection set, so that what is below them comes out in another order than the GraphQL specification asks for.
 */
const distinct = (document: DocumentNode): DocumentNode => {
  const names: string[] = []
  const mark = <Node extends FieldNode | InlineFragmentNode | FragmentSpreadNode>(node: Node): Node => {
    if (node.kind === Kind.FIELD && node.selectionSet === undefined) return node
    const free = (['include', 'skip'] as const).find((name) => !node.directives?.some((it) => it.name.value === name))
    if (free === undefined) return node
    const name = `${free}${names.length}_`
    names.push(name)
    return { ...node, directives: [...(node.directives ?? []), directive(`@${free}(if: $${name})`)] }
  }
  const marked: DocumentNode = visit(document, {
    Field: { leave: mark },
    InlineFragment: { leave: mark },
    FragmentSpread: { leave: mark },
  })
  const definitions = names.map((name) => `$${name}: Boolean = ${name.startsWith('include')}`)
  const [definition] = definitions.length > 0 ? parse(`query (${definitions.join()}) { a }`).definitions : []
  const added = definition?.kind === Kind.OPERATION_DEFINITION ? (definition.variableDefinitions ?? []) : []
  return {
    ...marked,
    definitions: marked.definitions.map((node) =>
      node.kind === Kind.OPERATION_DEFINITION
        ? { ...node, variableDefinitions: [...(node.variableDefinitions ?? []), ...added] }
        : node,
    ),
  }
}

const directive = (text: string): DirectiveNode => {
  const [definition] = parse(`{ a ${text} }`, { noLocation: true }).definitions
  const field = definition?.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet.selections[0] : undefined
  const found = field?.directives?.[0]
  if (found === undefined) throw new TypeError(text)
  return found
}
