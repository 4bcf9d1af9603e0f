import { type ExecutionResult, type FieldNode, type GraphQLError, getArgumentValues, Kind, locatedError } from 'graphql'
import { readKey, writeKey } from '../../graphql/code.ts'
import type { JsonObject } from '../../record.ts'
import { type Field, nameOf, type Slot, Thrown } from './field.ts'
import { type Frame, pathOf } from './frame.ts'

/** A null that reaches up to the next place where null is allowed; what caused it is on record. */
export const INVALID = Symbol('invalid')

/**
 * One execution. Values that are there are completed at once; each promise holds up the answer and nothing else, and
 * what it brings is put into its place when it comes.
 */
export class Run {
  /** Null once a null has reached the top. */
  data: JsonObject | null = null
  readonly context: unknown
  readonly root: unknown
  /** Coerced. */
  readonly variables: Readonly<Record<string, unknown>>
  readonly #errors: GraphQLError[] = []
  /** The same for all objects that a field is asked of, and made for the first of them. */
  readonly #arguments: unknown[]
  #pending = 0
  #idle: PromiseWithResolvers<void> | undefined

  constructor(context: unknown, root: unknown, variables: Readonly<Record<string, unknown>>, argumentPlaces: number) {
    this.context = context
    this.root = root
    this.variables = variables
    this.#arguments = new Array(argumentPlaces)
  }

  get result(): ExecutionResult {
    return this.#errors.length > 0 ? { errors: this.#errors, data: this.data } : { data: this.data }
  }

  /** Until no promise is waited for any more; undefined when none is. Rejects only for a fault of the run's own. */
  idle(): Promise<void> | undefined {
    if (this.#pending === 0) return undefined
    this.#idle = Promise.withResolvers()
    return this.#idle.promise
  }

  /** @throws the fault of an argument */
  argumentsOf({ definition, nodes: [node], argumentPlace }: Field): unknown {
    this.#arguments[argumentPlace] ??=
      givenByVariables(node, definition.args.length, this.variables) ??
      getArgumentValues(definition, node, this.variables)
    return this.#arguments[argumentPlace]
  }

  /**
   * What stands at a place for a value that a resolver gave, or threw: null for now when it is a promise, and
   * {@link INVALID} when it may not be what it is.
   * @param above the object or list that the place is in
   */
  settle(slot: Slot, value: unknown, holder: object, key: string | number, above: Frame | undefined): unknown {
    const { strict, complete, field } = slot
    try {
      if (isPromiseLike(value)) {
        this.#await(slot, value, holder, key, above)
        return null
      }
      if (value instanceof Thrown) throw value.error
      if (value instanceof Error) throw value
      if (value !== null && value !== undefined) {
        const completed = complete(this, value, holder, key, above)
        return completed === INVALID && !strict ? null : completed
      }
      if (!strict) return null
      throw new Error(`Cannot return null for non-nullable field ${nameOf(field)}.`)
    } catch (error) {
      this.#errors.push(locatedError(error, field.nodes, pathOf(above, key)))
      return strict ? INVALID : null
    }
  }

  #await(slot: Slot, promise: PromiseLike<unknown>, holder: object, key: string | number, above: Frame | undefined) {
    this.#pending++
    const land = (value: unknown) => {
      try {
        const completed = this.settle(slot, value, holder, key, above)
        if (completed === INVALID) this.#bubble(above)
        else writeKey(holder, key, completed)
        if (--this.#pending === 0) this.#idle?.resolve()
      } catch (fault) {
        this.#idle?.reject(fault) // an error of which not even the message can be read
      }
    }
    // A promise of somebody's own making may call back at once, or twice.
    Promise.resolve(promise).then(land, (error: unknown) => land(new Thrown(error)))
  }

  /** What is already there becomes null again, from the next place up where it may be. */
  #bubble(from: Frame | undefined): void {
    let frame = from
    while (frame !== undefined && !frame.nullable) frame = frame.above
    if (frame === undefined) this.data = null
    else writeKey(frame.holder, frame.key, null)
  }
}

/** The arguments of a field that has all of them from variables, as most fields of a plan do: these are coerced already. */
function givenByVariables(
  { arguments: nodes = [] }: FieldNode,
  count: number,
  variables: Run['variables'],
): JsonObject | undefined {
  if (nodes.length !== count) return undefined
  const given: JsonObject = {}
  for (const { name, value } of nodes) {
    if (value.kind !== Kind.VARIABLE) return undefined
    const found = readKey(variables, value.name.value)
    if (found === undefined || found === null) return undefined // a default or a fault, perhaps
    given[name.value] = found
  }
  return given
}

export const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
