import type { DocumentNode, GraphQLObjectType, GraphQLSchema, OperationDefinitionNode } from 'graphql'
import { newSelector } from '../../../kit/graphql/collect.ts'
import { Variants } from '../../../kit/graphql/flags.ts'
import type { JsonObject } from '../../../kit/record.ts'
import { compileProject, objectCompiler, type Project } from './object.ts'
import { INVALID, type Projection } from './projection.ts'

export interface Projected {
  readonly data: JsonObject | null
  readonly faults: Projection['faults']
}

/** Makes responses of one operation from the merged data of its plan. */
export interface Projector {
  /** Compiles for these flags now, so that no request has to wait for it. */
  compile(flags: readonly boolean[]): void
  project(data: JsonObject, flags: readonly boolean[], introspection: Readonly<JsonObject>): Projected
}

export const newProjector = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  root: GraphQLObjectType,
  flagOf: (variable: string) => number,
): Projector => {
  // One for each combination keeps `@skip` and `@include` out of the generated code and the order of fields exact.
  const variants = new Variants((flags): Project => {
    const selector = newSelector(schema, document, (variable) => flags[flagOf(variable)] ?? false)
    const fields = selector.collect(root, [{ selectionSet: operation.selectionSet, parent: root }])
    return compileProject(selector, root, fields, objectCompiler(selector))
  })
  return {
    compile: (flags) => {
      variants.of(flags)
    },
    project: (data, flags, introspection) => {
      const projection: Projection = { path: [], faults: [], introspection }
      const projected = variants.of(flags)(data, projection)
      return { data: projected === INVALID ? null : projected, faults: projection.faults }
    },
  }
}
