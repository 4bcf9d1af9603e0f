import {
  type GraphQLCompositeType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isCompositeType,
  isLeafType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { errors } from '../../../kit/errors.ts'
import { compile, entry, literal, read } from '../../../kit/graphql/code.ts'
import type { Asked, Selector, Source } from '../../../kit/graphql/collect.ts'
import { isRecord, type JsonObject } from '../../../kit/record.ts'
import { compileComplete } from './complete.ts'
import { leafTest } from './leaf.ts'
import { type Complete, fault, INVALID, type Projection } from './projection.ts'

export type CompileObject = (
  type: GraphQLCompositeType,
  sources: readonly Source[],
  at: (projection: Projection) => string,
) => Complete

/** The response object of one runtime type, or {@link INVALID} when a null of a field reaches up to it. */
export type Project = (value: JsonObject, projection: Projection) => JsonObject | typeof INVALID

/**
 * Compiles objects of one place in the response. There is a function for each runtime type, made when the type is first
 * seen: all combinations of nested abstract types would be too many to make beforehand.
 */
export const objectCompiler = (selector: Selector): CompileObject => {
  const compileObject: CompileObject = (type, sources, at) => {
    const byName = new Map<string, Project | undefined>()
    const projectOf = (name: string): Project | undefined => {
      if (byName.has(name)) return byName.get(name)
      const runtime = selector.schema.getType(name)
      const project = isCompositeType(runtime)
        ? compileProject(selector, runtime, selector.collect(runtime, sources), compileObject)
        : undefined
      // Names come from subgraphs: one that the schema does not have must not grow the map.
      if (runtime !== undefined) byName.set(name, project)
      return project
    }
    let lastName: unknown = type.name
    let lastProject = isObjectType(type) ? projectOf(type.name) : undefined
    return (value, projection) => {
      if (value === null || value === undefined) return null
      if (!isRecord(value)) return fault(projection, `Invalid value found for ${at(projection)}.`)
      const name = value['__typename'] || type.name
      if (name !== lastName || lastProject === undefined) {
        const project = typeof name === 'string' ? projectOf(name) : undefined
        // The name itself stays out of the message: it may be of a type that clients are not to know.
        if (project === undefined) return fault(projection, `Invalid __typename found for object at ${at(projection)}.`)
        lastName = name
        lastProject = project
      }
      return lastProject(value, projection)
    }
  }
  return compileObject
}

/** Generates the function for objects of `type`: one local variable a field, then one object literal. */
export const compileProject = (
  selector: Selector,
  type: GraphQLCompositeType,
  fields: ReadonlyMap<string, readonly Asked[]>,
  compileObject: CompileObject,
): Project => {
  const bound: Record<string, unknown> = { INVALID }
  const lines: string[] = []
  const entries: string[] = []
  for (const [key, asked] of fields) {
    const v = `v${entries.length}`
    entries.push(entry(key, v))
    const name = asked[0]?.node.name.value
    if (name === '__typename') lines.push(typenameLine(selector, type, key, v, bound))
    else if (name === '__schema' || name === '__type')
      lines.push(`const ${v} = ${read('projection.introspection', key)};`)
    else lines.push(fieldLine(type, key, v, asked, compileObject, bound))
  }
  return compile(
    `function project(value, projection) {
    const path = projection.path;
    ${lines.join('\n')}
    return { ${entries.join(', ')} };
  }`,
    bound,
  )
}

const typenameLine = (
  { schema }: Selector,
  type: GraphQLCompositeType,
  key: string,
  v: string,
  bound: Record<string, unknown>,
): string => {
  if (isObjectType(type)) return `const ${v} = ${literal(type.name)};`
  // An interface object whose real type could not be fetched; only an alias may still know it.
  bound['unresolved'] = (projection: Projection) => fault(projection, `No object type is known for this ${type.name}.`)
  bound['isObjectName'] = (name: unknown) => typeof name === 'string' && isObjectType(schema.getType(name))
  return `const ${v} = ${read('value', key)}; if (!isObjectName(${v})) return unresolved(projection);`
}

const fieldLine = (
  type: GraphQLCompositeType,
  key: string,
  v: string,
  asked: readonly Asked[],
  compileObject: CompileObject,
  bound: Record<string, unknown>,
): string => {
  const declared = declaredType(asked)
  const strict = isNonNullType(declared)
  const nullable = getNullableType(declared)
  const complete = `complete_${v}`
  bound[complete] = compileComplete(declared, `field ${type.name}.${key}`, sourcesOf(asked), compileObject)
  const slow = `path.push(${literal(key)}); ${v} = ${complete}(${v}, projection); path.pop();
    if (${v} === INVALID) ${strict ? 'return INVALID' : `${v} = null`};`
  if (!isLeafType(nullable)) {
    return strict
      ? `let ${v} = ${read('value', key)}; ${slow}`
      : `let ${v} = ${read('value', key)}; if (${v} === undefined || ${v} === null) ${v} = null; else { ${slow} }`
  }
  const test = leafTest(nullable, v, (names) => {
    bound[`names_${v}`] = names
    return `names_${v}`
  })
  return `let ${v} = ${read('value', key)}; if (!(${test})) { ${slow} }`
}

// All fields of one response name have types of the same shape, lists and non-nulls included: validation sees to it.
const declaredType = ([first]: readonly Asked[]): GraphQLOutputType => {
  const field = first === undefined ? undefined : fieldOf(first)
  if (field === undefined) throw errors.invalid(first?.node.name.value ?? '', 'is not a field of the schema')
  return field
}

const fieldOf = ({ node, parent }: Asked): GraphQLOutputType | undefined =>
  'getFields' in parent ? parent.getFields()[node.name.value]?.type : undefined

const sourcesOf = (asked: readonly Asked[]): Source[] =>
  asked.flatMap((one) => {
    const type = getNamedType(fieldOf(one))
    return one.node.selectionSet && isCompositeType(type) ? [{ selectionSet: one.node.selectionSet, parent: type }] : []
  })
