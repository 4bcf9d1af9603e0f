import { decodeCursor, encodeCursor } from '../../kit/cursor.ts'
import { errors } from '../../kit/errors.ts'
import type { ConversationRow, MessageRow } from './tables.ts'
import type { ConversationMessagesArgs } from './types.generated.ts'

const most = 100

/** A stretch of a conversation, both bounds exclusive, in milliseconds since 1970. */
export interface MessageRange {
  readonly after: number | undefined
  readonly before: number | undefined
  /** From the newest backwards, rather than from the oldest on. */
  readonly backward: boolean
  /** One more than the page has, to learn whether there is more in its direction. */
  readonly limit: number
  /** What {@link after} or {@link before} leaves out on the other side. */
  readonly moreBehind: boolean
}

/** @throws BAD_USER_INPUT */
export function messageRange({
  first,
  after,
  last,
  before,
  sentAfter,
}: Partial<ConversationMessagesArgs>): MessageRange {
  if (first != null && last != null) throw errors.invalid('last', 'cannot be combined with first')
  const from = after == null ? undefined : decodeCursor(after)
  const to = before == null ? undefined : decodeCursor(before, 'before')
  const backward = first == null && (last != null || (after == null && (before != null || sentAfter == null)))
  const lower = Math.max(from ?? -Infinity, sentAfter ?? -Infinity)
  return {
    after: lower === -Infinity ? undefined : lower,
    before: to,
    backward,
    limit: pageSize(backward ? 'last' : 'first', first ?? last ?? 20) + 1,
    moreBehind: backward ? to !== undefined : from !== undefined && from === lower && from !== sentAfter,
  }
}

/** @param rows what the store read for the range, oldest first */
export function messageConnection(rows: readonly MessageRow[], { backward, limit, moreBehind }: MessageRange) {
  const more = rows.length === limit
  const nodes = backward ? rows.slice(more ? 1 : 0) : rows.slice(0, limit - 1)
  return connectionOf(
    nodes,
    ({ sent_at }) => encodeCursor(sent_at),
    (row) => row,
    {
      hasNextPage: backward ? moreBehind : more,
      hasPreviousPage: backward ? more : moreBehind,
    },
  )
}

/** Where a page of conversations goes on: two of them may have been active in the same millisecond. */
export interface ConversationRequest {
  readonly after: Omit<ConversationRow, 'user_id'> | undefined
  /** One more than the page has. */
  readonly limit: number
}

/** @throws BAD_USER_INPUT */
export function conversationRequest({ first, after }: { first: number; after?: string | null }): ConversationRequest {
  const limit = pageSize('first', first) + 1
  if (after == null) return { after: undefined, limit }
  const [time = '', peer = '', ...rest] = after.split('.')
  if (rest.length > 0) throw errors.invalid('after', 'not a cursor of this list')
  return { after: { last_sent_at: decodeCursor(time), peer_id: decodeCursor(peer) }, limit }
}

export function conversationConnection(rows: readonly ConversationRow[], { after, limit }: ConversationRequest) {
  return connectionOf(
    rows.slice(0, limit - 1),
    (row) => `${encodeCursor(row.last_sent_at)}.${encodeCursor(row.peer_id)}`,
    (row) => ({ userId: row.user_id, peerId: row.peer_id }),
    { hasNextPage: rows.length === limit, hasPreviousPage: after !== undefined },
  )
}

function pageSize(field: string, size: number): number {
  if (size < 1 || size > most) throw errors.invalid(field, `has to be between 1 and ${most}`)
  return size
}

function connectionOf<Row, Node>(
  rows: readonly Row[],
  cursorOf: (row: Row) => string,
  nodeOf: (row: Row) => Node,
  more: { hasNextPage: boolean; hasPreviousPage: boolean },
) {
  const edges = rows.map((row) => ({ cursor: cursorOf(row), node: nodeOf(row) }))
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: { ...more, startCursor: edges.at(0)?.cursor ?? null, endCursor: edges.at(-1)?.cursor ?? null },
  }
}
