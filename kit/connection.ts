import { decodeCursor, encodeCursor } from './cursor.ts'
import { errors } from './errors.ts'

/** The arguments of a list field, as GraphQL gives them. */
export interface PageArguments {
  readonly first: number
  readonly after?: string | null | undefined
}

/** What a store needs for one page: read `limit` rows, whose key lies after `after` in the order of the list. */
export interface PageRequest {
  readonly after: number | undefined
  /** One more than the page has, to learn whether there is a next one. */
  readonly limit: number
}

/** @throws BAD_USER_INPUT when `first` is not between 1 and `most`, or the cursor is not ours */
export function pageRequest({ first, after }: PageArguments, most = 100): PageRequest {
  if (first < 1 || first > most) throw errors.invalid('first', `has to be between 1 and ${most}`)
  return { after: after == null ? undefined : decodeCursor(after), limit: first + 1 }
}

/** Whoever asks for nodes alone does not pay for cursors. */
export const edge = <Node>(key: number, node: Node) => ({
  get cursor() {
    return encodeCursor(key)
  },
  node,
})

/** Makes a Relay connection of the rows that a {@link PageRequest} read. */
export function connection<Row, Node>(
  rows: readonly Row[],
  request: PageRequest,
  keyOf: (row: Row) => number,
  nodeOf: (row: Row) => Node,
) {
  const edges = rows.slice(0, request.limit - 1).map((row) => edge(keyOf(row), nodeOf(row)))
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      hasNextPage: rows.length >= request.limit,
      hasPreviousPage: request.after !== undefined,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}
