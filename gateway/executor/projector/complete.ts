import { type GraphQLOutputType, getNamedType, isCompositeType, isLeafType, isListType, isNonNullType } from 'graphql'
import type { Source } from '../../../kit/graphql/collect.ts'
import { compileLeaf } from './leaf.ts'
import type { CompileObject } from './object.ts'
import { type Complete, fault, INVALID, type Projection } from './projection.ts'

/**
 * @param subject how messages call the field
 * @param sources the sub-selections, for a composite type
 */
export const compileComplete = (
  type: GraphQLOutputType,
  subject: string,
  sources: readonly Source[],
  compileObject: CompileObject,
): Complete => {
  const at = ({ path }: Projection): string => {
    const last = path.at(-1)
    return typeof last === 'number' ? `array element of type ${getNamedType(type).name} at index ${last}` : subject
  }
  const complete = (inner: GraphQLOutputType): Complete => {
    if (isNonNullType(inner)) {
      const nullable = complete(inner.ofType)
      return (value, projection) => {
        const completed = nullable(value, projection)
        if (completed !== null) return completed
        return fault(projection, `Cannot return null for non-nullable ${at(projection)}.`)
      }
    }
    if (isListType(inner)) return list(complete(inner.ofType), isNonNullType(inner.ofType), at)
    if (isCompositeType(inner)) return compileObject(inner, sources, at)
    return leaf(inner, at)
  }
  return complete(type)
}

type Describe = (projection: Projection) => string

const list =
  (element: Complete, strict: boolean, at: Describe): Complete =>
  (value, projection) => {
    if (value === null || value === undefined) return null
    if (!Array.isArray(value)) return fault(projection, `Invalid value found for ${at(projection)}.`)
    const { path } = projection
    const last = path.length
    const completed: unknown[] = new Array(value.length)
    let invalid = false
    path.push(0)
    for (let i = 0; i < value.length; i++) {
      path[last] = i
      const item = element(value[i], projection)
      if (item === INVALID) {
        invalid = true
        completed[i] = null
      } else completed[i] = item
    }
    path.pop()
    return invalid && strict ? INVALID : completed
  }

const leaf = (type: GraphQLOutputType, at: Describe): Complete => {
  if (!isLeafType(type)) throw new TypeError(`not a leaf type: ${type}`)
  const serialize = compileLeaf(type)
  return (value, projection) => {
    if (value === null || value === undefined) return null
    const completed = serialize(value)
    return completed === undefined ? fault(projection, `Invalid value found for ${at(projection)}.`) : completed
  }
}
