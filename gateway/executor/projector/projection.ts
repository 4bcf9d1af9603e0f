import type { JsonObject } from '../../../kit/record.ts'

/** A null where null is allowed, but for a reason that is already on record. */
export const INVALID = Symbol('invalid')

/** One pass over the data of one execution. */
export interface Projection {
  readonly path: (string | number)[]
  /** Faults of the data that no subgraph reported. */
  readonly faults: { readonly message: string; readonly path: readonly (string | number)[] }[]
  /** Answers to `__schema` and `__type`, by response name. */
  readonly introspection: Readonly<JsonObject>
}

/** Turns a value of a subgraph into one of the response: `null` and {@link INVALID} are the caller's to handle. */
export type Complete = (value: unknown, projection: Projection) => unknown

export const fault = (projection: Projection, message: string): typeof INVALID => {
  projection.faults.push({ message, path: [...projection.path] })
  return INVALID
}
