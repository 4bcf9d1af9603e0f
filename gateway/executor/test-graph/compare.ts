import type { ExecutionResult, GraphQLFormattedError } from 'graphql'

/** What is compared of a result. */
export interface Comparable {
  /** Data with its key order, and the errors as a set. */
  readonly text: string
  /** Where the nulls are that broken data led to. */
  readonly faults: ReadonlySet<string>
}

export const comparable = ({ data, errors, extensions }: ExecutionResult): Comparable => {
  const told = (errors ?? []).map((error) => normalised(error as GraphQLFormattedError)) // a GraphQLError has these fields too
  const faults: readonly GraphQLFormattedError[] = (extensions?.['valueCompletion'] as never) ?? [] // errors, by both executors
  return {
    text: JSON.stringify({ data, errors: [...new Set(told)].sort() }, null, 1),
    faults: new Set(faults.map(({ path }) => JSON.stringify(nullAt(data, path ?? [])))),
  }
}

const normalised = (error: GraphQLFormattedError): string => {
  const { message, path, extensions } = error
  return JSON.stringify([message, path?.map(nameOf), codeOf(message, extensions?.['code']), extensions?.['lot']])
}

/** Apollo leaves the aliases that the planner made up in error paths. */
const nameOf = (element: string | number): string | number =>
  typeof element === 'string' ? element.replace(/__alias_\d+$/, '') : element

/** Only Apollo has a code of its own for errors without one, and none for data sources that throw. */
const codeOf = (message: string, code: unknown): unknown =>
  message.endsWith('not available now') ? 'UNAVAILABLE' : code === 'DOWNSTREAM_SERVICE_ERROR' ? undefined : code

/** The null that a fault led to. Of several faults below one null, GraphQL leaves open which are told. */
const nullAt = (data: unknown, path: readonly (string | number)[]): readonly (string | number)[] => {
  let value = data
  return path.filter((key) => {
    if (typeof value !== 'object' || value === null) return false
    value = (value as Record<string | number, unknown>)[key] // lists and objects alike
    return true
  })
}
