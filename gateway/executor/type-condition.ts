import { type GraphQLSchema, isAbstractType, isInterfaceType } from 'graphql'

/** Names of all object and interface types for which `... on condition` applies. */
export const typesMatching = (schema: GraphQLSchema, condition: string): ReadonlySet<string> => {
  const names = new Set([condition])
  const type = schema.getType(condition)
  if (!isAbstractType(type)) return names
  for (const possible of schema.getPossibleTypes(type)) names.add(possible.name)
  if (isInterfaceType(type)) for (const below of schema.getImplementations(type).interfaces) names.add(below.name)
  return names
}
