import {
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  parseType,
  type SelectionSetNode,
  visit,
} from 'graphql'
import { isRecord } from '../../kit/record.ts'
import type { CursorDelivery } from './delivery.ts'

/** A delivery by cursor in one operation, with names that the client's own text does not have. */
export interface Resumption extends CursorDelivery {
  /** Of what the owner gets as `argument`. */
  readonly variable: string
  /** Of `field`. */
  readonly alias: string
}

export function resumptionOf(document: DocumentNode, delivery: CursorDelivery): Resumption {
  const taken = new Set<string>()
  visit(document, {
    enter: (node) => {
      if (node.kind === Kind.NAME) taken.add(node.value)
    },
  })
  const free = (name: string): string => (taken.has(name) ? free(`${name}_`) : name)
  return { ...delivery, variable: free('_resume_after'), alias: free('_resume_cursor') }
}

/**
 * The operation with two changes: the cursor argument of its root field is our variable, and the event's cursor is asked
 * for. Only the planner gets to see it: answers are still made by the client's own text, so that nothing shows.
 */
export function withCursor(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  root: string,
  { argument, field, ...names }: Resumption,
): DocumentNode {
  const name = (value: string) => ({ kind: Kind.NAME, value }) as const
  const variable = { kind: Kind.VARIABLE, name: name(names.variable) } as const
  const atRoot = (set: SelectionSetNode): SelectionSetNode => ({
    ...set,
    selections: set.selections.map((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return selection
      if (selection.kind === Kind.INLINE_FRAGMENT) return { ...selection, selectionSet: atRoot(selection.selectionSet) }
      return inField(selection)
    }),
  })
  const inField = (node: FieldNode): FieldNode => ({
    ...node,
    arguments: [
      ...(node.arguments ?? []).filter((given) => given.name.value !== argument),
      { kind: Kind.ARGUMENT, name: name(argument), value: variable },
    ],
    selectionSet: {
      kind: Kind.SELECTION_SET,
      selections: [
        ...(node.selectionSet?.selections ?? []),
        { kind: Kind.FIELD, alias: name(names.alias), name: name(field) },
      ],
    },
  })
  const definition = { kind: Kind.VARIABLE_DEFINITION, variable, type: parseType('String') } as const
  return {
    ...document,
    definitions: document.definitions.map((node) => {
      if (node.kind === Kind.FRAGMENT_DEFINITION && node.typeCondition.name.value === root)
        return { ...node, selectionSet: atRoot(node.selectionSet) }
      if (node !== operation) return node
      return {
        ...operation,
        variableDefinitions: [...(operation.variableDefinitions ?? []), definition],
        selectionSet: atRoot(operation.selectionSet),
      }
    }),
  }
}

/** Variables of an operation that say where it begins and nothing else; `planned` is made by {@link withCursor}. */
export function idleVariables(operation: OperationDefinitionNode, planned: DocumentNode): ReadonlySet<string> {
  const used = new Set<string>()
  visit(planned, {
    enter: (node) => {
      if (node.kind === Kind.VARIABLE) used.add(node.name.value)
      return node.kind === Kind.VARIABLE_DEFINITION ? false : undefined
    },
  })
  const names = (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value)
  return new Set(names.filter((name) => !used.has(name)))
}

/**
 * The cursor of an event, under the response name of its root field; undefined for an event that is an error.
 * @param alias of its {@link Resumption}
 */
export function cursorOf({ data }: ExecutionResult, responseName: string, alias: string): string | undefined {
  const event: unknown = data?.[responseName]
  const cursor = isRecord(event) ? event[alias] : undefined
  return typeof cursor === 'string' ? cursor : undefined
}
