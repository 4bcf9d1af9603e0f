import {
  type ASTNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

/**
 * The field that a subscription is about; that there is no other is left to validation.
 * @throws GRAPHQL_VALIDATION_FAILED for `@skip` and `@include` around it: whether there is a subscription at all must not
 * depend on variables, and the library's rule for single root fields fails over them in a way that nobody could tell
 */
export function rootField(document: DocumentNode, operation: OperationDefinitionNode): FieldNode {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node)
  const seen = new Set<string>()
  const fields: FieldNode[] = []
  const visit = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      refuseConditions(selection)
      if (selection.kind === Kind.FIELD) fields.push(selection)
      else if (selection.kind === Kind.INLINE_FRAGMENT) visit(selection.selectionSet)
      else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value)
        const fragment = fragments.get(selection.name.value)
        if (fragment) visit(fragment.selectionSet)
      }
    }
  }
  visit(operation.selectionSet)
  const [field] = fields
  if (!field) throw refusal('a subscription needs a field', operation)
  return field
}

function refuseConditions(selection: SelectionNode): void {
  const condition = selection.directives?.find(({ name }) => name.value === 'skip' || name.value === 'include')
  if (condition) throw refusal('@skip and @include are not allowed at the root of a subscription', condition)
}

const refusal = (message: string, nodes: ASTNode) =>
  new GraphQLError(message, { nodes, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } })
