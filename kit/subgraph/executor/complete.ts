import {
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isAbstractType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { type Complete, type Field, Info, nameOf, type Slot } from './field.ts'
import { Frame } from './frame.ts'
import { INVALID, isPromiseLike, type Run } from './run.ts'

/** Compiles the objects of one place, by their type. */
export type ObjectsOf = (type: GraphQLObjectType) => Execute
/** The answer's object for `source`, or `INVALID`. */
export type Execute = (run: Run, source: unknown, at: Frame | undefined) => object | typeof INVALID

/** @param objectsOf for the objects of this field */
export const slotOf = (field: Field, type: GraphQLOutputType, objectsOf: ObjectsOf): Slot => {
  const strict = isNonNullType(type)
  const inner = strict ? type.ofType : type
  return { field, strict, complete: completeOf(field, inner, !strict, objectsOf) }
}

const completeOf = (field: Field, type: GraphQLOutputType, nullable: boolean, objectsOf: ObjectsOf): Complete => {
  if (isListType(type)) return list(slotOf(field, type.ofType, objectsOf), nullable)
  if (isObjectType(type)) {
    const execute = objectsOf(type)
    return (run, value, holder, key, above) => execute(run, value, new Frame(holder, key, nullable, above))
  }
  if (isAbstractType(type)) return abstract(field, type, nullable, objectsOf)
  return leaf(type as GraphQLLeafType) // a nullable type that is nothing else
}

const list =
  (items: Slot, nullable: boolean): Complete =>
  (run, value, holder, key, above) => {
    if (typeof value !== 'object' || value === null || !(Symbol.iterator in value))
      throw new GraphQLError(`Expected Iterable, but did not find one for field "${nameOf(items.field)}".`)
    const frame = new Frame(holder, key, nullable, above)
    const completed: unknown[] = []
    let index = 0
    let valid = true
    // To the end in any case: a promise that is rejected with nobody listening would end the process.
    for (const item of value as Iterable<unknown>) {
      // Its place is there before it is: what comes later may have to be put there.
      completed.push(null)
      const settled = run.settle(items, item, completed, index, frame)
      if (settled === INVALID) valid = false
      completed[index++] = settled
    }
    return valid ? completed : INVALID
  }

const leaf =
  (type: GraphQLLeafType): Complete =>
  (_, value) => {
    const serialized = type.serialize(value)
    if (serialized === null || serialized === undefined)
      throw new Error(`Expected \`${type}.serialize\` to return a value, and not ${serialized}.`)
    return serialized
  }

const abstract = (field: Field, type: GraphQLAbstractType, nullable: boolean, objectsOf: ObjectsOf): Complete => {
  const objects = new Map<unknown, Execute>()
  let last: { readonly name: unknown; readonly execute: Execute } | undefined // lists are mostly of one type
  const executeOf = (name: unknown): Execute => {
    if (last?.name === name && last) return last.execute
    const execute = objects.get(name) ?? objectsOf(runtimeType(field, type, name))
    objects.set(name, execute)
    last = { name, execute }
    return execute
  }
  return (run, value, holder, key, above) => {
    let [outer, place] = [above, key]
    while (outer && typeof place === 'number') [outer, place] = [outer.above, outer.key] // the field's, not the item's
    const info = new Info(field, run, outer)
    const name: unknown = type.resolveType ? type.resolveType(value, run.context, info, type) : typenameOf(value)
    if (!isPromiseLike(name)) return executeOf(name)(run, value, new Frame(holder, key, nullable, above))
    const complete: Complete = (_, resolved) => executeOf(resolved)(run, value, new Frame(holder, key, nullable, above))
    return run.settle({ field, strict: !nullable, complete }, name.then(named), holder, key, above)
  }
}

const typenameOf = (value: unknown) => (value as { readonly __typename?: unknown }).__typename

/** So that no type at all is told as such, and not as a null. */
const named = (name: unknown) => name ?? ''

function runtimeType(field: Field, type: GraphQLAbstractType, name: unknown): GraphQLObjectType {
  const { schema } = field.operation
  if (typeof name !== 'string' || name === '')
    throw new GraphQLError(
      `Abstract type "${type.name}" must resolve to an Object type at runtime for field "${nameOf(field)}". ` +
        `Either the "${type.name}" type should provide a "resolveType" function or each possible type should provide an "isTypeOf" function.`,
    )
  const runtime = schema.getType(name)
  if (!runtime)
    throw new GraphQLError(
      `Abstract type "${type.name}" was resolved to a type "${name}" that does not exist inside the schema.`,
    )
  if (!isObjectType(runtime))
    throw new GraphQLError(`Abstract type "${type.name}" was resolved to a non-object type "${name}".`)
  if (!schema.isSubType(type, runtime))
    throw new GraphQLError(`Runtime Object type "${name}" is not a possible type for "${type.name}".`)
  return runtime
}
