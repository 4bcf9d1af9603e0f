import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import { fragmentsOf } from './fragments.ts'

/** A field as it was asked for: `parent` is the type that its selection was written on. */
export interface Asked {
  readonly node: FieldNode
  readonly parent: GraphQLCompositeType
}

export interface Source {
  readonly selectionSet: SelectionSetNode
  readonly parent: GraphQLCompositeType
}

export interface Selector {
  readonly schema: GraphQLSchema
  /** The fields for an object of this type by response name, in the order that the GraphQL specification asks for. */
  collect(type: GraphQLCompositeType, sources: readonly Source[]): Map<string, Asked[]>
}

/** @param included decides a variable of `@skip` or `@include` */
export const newSelector = (
  schema: GraphQLSchema,
  document: DocumentNode,
  included: (variable: string) => boolean,
): Selector => {
  const fragments = fragmentsOf(document)

  const skipped = (directives: readonly DirectiveNode[] = []): boolean =>
    directives.some(({ name, arguments: args }) => {
      if (name.value !== 'skip' && name.value !== 'include') return false
      const value = args?.[0]?.value
      const on =
        value?.kind === Kind.VARIABLE ? included(value.name.value) : value?.kind === Kind.BOOLEAN && value.value
      return on === (name.value === 'skip')
    })

  const collect = (type: GraphQLCompositeType, sources: readonly Source[]): Map<string, Asked[]> => {
    const fields = new Map<string, Asked[]>()
    const visited = new Set<string>()
    const visit = ({ selectionSet, parent }: Source): void => {
      for (const node of selectionSet.selections) {
        if (skipped(node.directives)) continue
        if (node.kind === Kind.FIELD) {
          const key = (node.alias ?? node.name).value
          const asked = fields.get(key)
          if (asked === undefined) fields.set(key, [{ node, parent }])
          else asked.push({ node, parent })
          continue
        }
        if (node.kind === Kind.FRAGMENT_SPREAD && visited.has(node.name.value)) continue
        const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value)
        if (fragment === undefined) continue
        if (node.kind === Kind.FRAGMENT_SPREAD) visited.add(node.name.value)
        const { selectionSet, typeCondition } = fragment
        // A newer gateway may name a type that a subgraph does not have yet: no object is of it.
        const condition = typeCondition ? schema.getType(typeCondition.name.value) : parent
        if (isCompositeType(condition) && (!typeCondition || applies(schema, condition, type)))
          visit({ selectionSet, parent: condition })
      }
    }
    sources.forEach(visit)
    return fields
  }
  return { schema, collect }
}

const applies = (schema: GraphQLSchema, condition: GraphQLCompositeType, type: GraphQLCompositeType): boolean => {
  if (condition === type) return true
  if (!isAbstractType(condition)) return false
  return isObjectType(type) || 'getInterfaces' in type ? schema.isSubType(condition, type) : false
}
