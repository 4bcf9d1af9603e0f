import type {
  FieldNode,
  FragmentDefinitionNode,
  GraphQLField,
  GraphQLObjectType,
  GraphQLOutputType,
  GraphQLResolveInfo,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql'
import type { Frame } from './frame.ts'
import type { Run } from './run.ts'

/** What all fields of an operation share. */
export interface Operation {
  readonly schema: GraphQLSchema
  readonly operation: OperationDefinitionNode
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>
  /** How many fields have arguments: each has a place among the arguments of a run. */
  argumentPlaces: number
}

/** A field of one selection set, for objects of one type. */
export interface Field {
  readonly operation: Operation
  /** Its name in the response. */
  readonly key: string
  readonly nodes: readonly [FieldNode, ...FieldNode[]]
  readonly parentType: GraphQLObjectType
  readonly definition: GraphQLField<unknown, unknown>
  /** Where its arguments are among those of a run; -1 for a field that has none. */
  readonly argumentPlace: number
}

/** What a value becomes in the answer; `INVALID` when a null reaches up to the place of this value. */
export type Complete = (
  run: Run,
  value: unknown,
  holder: object,
  key: string | number,
  above: Frame | undefined,
) => unknown

/** A place for values: a field, or the items of a list. */
export interface Slot {
  readonly field: Field
  /** Whether null is not allowed. */
  readonly strict: boolean
  /** Is never given null. @throws the fault of the value */
  readonly complete: Complete
}

export const nameOf = ({ parentType, definition }: Field): string => `${parentType.name}.${definition.name}`

/** Costs three fields for each call of a resolver: what is asked of it is worked out when somebody asks. */
export class Info implements GraphQLResolveInfo {
  readonly #field: Field
  readonly #run: Run
  readonly #above: Frame | undefined

  constructor(field: Field, run: Run, above: Frame | undefined) {
    this.#field = field
    this.#run = run
    this.#above = above
  }

  get fieldName(): string {
    return this.#field.definition.name
  }

  get fieldNodes(): readonly FieldNode[] {
    return this.#field.nodes
  }

  get returnType(): GraphQLOutputType {
    return this.#field.definition.type
  }

  get parentType(): GraphQLObjectType {
    return this.#field.parentType
  }

  get path(): GraphQLResolveInfo['path'] {
    const { key, parentType } = this.#field
    return { prev: this.#above?.path, key, typename: parentType.name }
  }

  get schema(): GraphQLSchema {
    return this.#field.operation.schema
  }

  get fragments(): Readonly<Record<string, FragmentDefinitionNode>> {
    return this.#field.operation.fragments
  }

  get rootValue(): unknown {
    return this.#run.root
  }

  get operation(): OperationDefinitionNode {
    return this.#field.operation.operation
  }

  get variableValues(): Readonly<Record<string, unknown>> {
    return this.#run.variables
  }
}

/** A fault on its way to where it is told: what a resolver threw, or its promise was rejected with. */
export class Thrown {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}
