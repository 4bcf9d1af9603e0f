import {
  type DocumentNode,
  executeSync,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql'
import type { JsonObject } from '../../kit/record.ts'
import type { Variables } from './call.ts'

/** Answers to the `__schema` and `__type` fields of an operation. */
export type Introspect = (variables: Variables) => Readonly<JsonObject>

/** `undefined` when the operation has no such field. Without variables the answer is made once and then shared. */
export const compileIntrospection = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Introspect | undefined => {
  const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION)
  const selectionSet = onlyIntrospection(operation.selectionSet, fragments)
  if (selectionSet.selections.length === 0) return undefined
  const asked: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: [{ ...operation, directives: [], selectionSet }, ...fragments],
  }
  let fixed: Readonly<JsonObject> | undefined
  const constant = !hasVariables(asked)
  return (variables) => {
    if (fixed !== undefined) return fixed
    const { data } = executeSync({ schema, document: asked, rootValue: {}, variableValues: variables })
    const answer = data ?? {}
    if (constant) fixed = answer
    return answer
  }
}

/** Root selections without what the subgraphs answer. Spreads become inline fragments, directives stay. */
const onlyIntrospection = (set: SelectionSetNode, fragments: readonly FragmentDefinitionNode[]): SelectionSetNode => {
  const selections = set.selections.flatMap((node): SelectionNode[] => {
    if (node.kind === Kind.FIELD) return ['__schema', '__type'].includes(node.name.value) ? [node] : []
    const spread = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.find((it) => it.name.value === node.name.value)
    if (spread === undefined) return []
    const inner = onlyIntrospection(spread.selectionSet, fragments)
    if (inner.selections.length === 0) return []
    return [{ kind: Kind.INLINE_FRAGMENT, directives: node.directives ?? [], selectionSet: inner }]
  })
  return { kind: Kind.SELECTION_SET, selections }
}

const hasVariables = (document: DocumentNode): boolean => {
  let found = false
  visit(document, {
    Variable: (_node, _key, parent) => {
      if (!isDefinition(parent)) found = true
    },
  })
  return found
}

const isDefinition = (parent: unknown): boolean =>
  typeof parent === 'object' && parent !== null && 'kind' in parent && parent.kind === Kind.VARIABLE_DEFINITION
