import {
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  type GraphQLLeafType,
  GraphQLString,
  isEnumType,
} from 'graphql'
import { standardLeafTest } from '../../../kit/graphql/standard-leaf.ts'

/** Source of a test that is true for values which are already what the response needs, the usual case. */
export const leafTest = (
  type: GraphQLLeafType,
  value: string,
  enums: (names: ReadonlySet<string>) => string,
): string => {
  if (isEnumType(type)) return `${enums(namesOf(type))}.has(${value})`
  // What a custom scalar looks like is between its subgraph and the client.
  return standardLeafTest(type.name, value) ?? `${value} !== undefined && ${value} !== null`
}

/** The value to respond with, or `undefined` when graphql would refuse to serialise this one. Never called with null. */
export const compileLeaf = (type: GraphQLLeafType): ((value: unknown) => unknown) => {
  if (isEnumType(type)) {
    const names = namesOf(type)
    return (value) => (typeof value === 'string' && names.has(value) ? value : undefined)
  }
  const standard = [GraphQLString, GraphQLID, GraphQLInt, GraphQLFloat, GraphQLBoolean].find(
    (it) => it.name === type.name,
  )
  if (standard === undefined) return (value) => value
  return (value) => {
    try {
      return standard.serialize(value)
    } catch (error) {
      if (error instanceof Error && error.name === 'GraphQLError') return undefined
      throw error
    }
  }
}

const namesOf = (type: Extract<GraphQLLeafType, { getValues: unknown }>): ReadonlySet<string> =>
  new Set(type.getValues().map((value) => value.name))
