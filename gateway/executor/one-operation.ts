import { type DocumentNode, Kind, type OperationDefinitionNode, separateOperations } from 'graphql'

/**
 * The document without its other operations and the fragments that only they use. The planner would check those against
 * the variables of this operation, and the executor ask for values of theirs.
 */
export const oneOperation = (document: DocumentNode, operation: OperationDefinitionNode): DocumentNode => {
  const definitions = document.definitions.filter(
    (node) => node.kind !== Kind.OPERATION_DEFINITION || node === operation,
  )
  const [alone = document] = Object.values(separateOperations({ ...document, definitions }))
  return alone
}
