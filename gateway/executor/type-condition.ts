import { type GraphQLSchema, isAbstractType, isInterfaceType } from 'graphql'

const interfacesBySchema = new WeakMap<GraphQLSchema, ReadonlySet<string>>()

export const interfaceNames = (schema: GraphQLSchema): ReadonlySet<string> => {
  const known = interfacesBySchema.get(schema)
  if (known !== undefined) return known
  const names = new Set(
    Object.values(schema.getTypeMap()).flatMap((type) => (isInterfaceType(type) ? [type.name] : [])),
  )
  interfacesBySchema.set(schema, names)
  return names
}

/** Names of all object and interface types for which `... on condition` applies. */
export const typesMatching = (schema: GraphQLSchema, condition: string): ReadonlySet<string> => {
  const names = new Set([condition])
  const type = schema.getType(condition)
  if (!isAbstractType(type)) return names
  for (const possible of schema.getPossibleTypes(type)) names.add(possible.name)
  if (isInterfaceType(type)) for (const below of schema.getImplementations(type).interfaces) names.add(below.name)
  return names
}
