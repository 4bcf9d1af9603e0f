import { decodeCursor } from '../../kit/cursor.ts'
import { errors } from '../../kit/errors.ts'
import { firstIdAt, timeOf } from '../../kit/ids.ts'

export const longestPage = 30

export interface FeedArguments {
  readonly first: number
  readonly after?: string | null | undefined
  readonly before?: string | null | undefined
  /** Milliseconds since 1970. */
  readonly publishedBefore?: number | null | undefined
}

/** Which videos belong to what was asked for: `above < id < below`. */
export interface FeedRange {
  readonly below: number | undefined
  readonly above: number | undefined
}

/** Video ids, newest first. */
export interface FeedPage {
  readonly ids: readonly number[]
  readonly hasNextPage: boolean
}

/**
 * A moment in the future is a bound like any other: it holds nothing back. It must not be taken for "now", because the
 * ids of a busy process run ahead of the clock, and a page that ends there would lead back to the first one.
 * @throws BAD_USER_INPUT
 */
export function feedRange({ first, after, before, publishedBefore }: FeedArguments): FeedRange {
  if (first < 1 || first > longestPage) throw errors.invalid('first', `has to be between 1 and ${longestPage}`)
  const bounds = [
    ...(after == null ? [] : [decodeCursor(after)]),
    ...(publishedBefore == null ? [] : [firstIdAt(publishedBefore)]),
  ]
  return {
    below: bounds.length === 0 ? undefined : Math.min(...bounds),
    above: before == null ? undefined : decodeCursor(before, 'before'),
  }
}

/** A page that may end anywhere, of the first `size + 1` ids. */
export const pageOf = (ids: readonly number[], size: number): FeedPage => ({
  ids: ids.slice(0, size),
  hasNextPage: ids.length > size,
})

/**
 * A page that does not end between two videos of one millisecond, of the first `size + 1` ids. Undefined when all of
 * these are of one millisecond: then {@link wholeMillisecond} takes the rest of it as well.
 */
export function pageOfMilliseconds(ids: readonly number[], size: number): FeedPage | undefined {
  const next = ids[size]
  if (next === undefined) return { ids, hasNextPage: false }
  const whole = ids.slice(0, size).filter((id) => timeOf(id) > timeOf(next))
  return whole.length > 0 ? { ids: whole, hasNextPage: true } : undefined
}

/** A page of one millisecond, of ids that hold all of it and at least one older one if there is any. */
export function wholeMillisecond(ids: readonly number[]): FeedPage {
  const [newest] = ids
  const whole = ids.filter((id) => newest !== undefined && timeOf(id) === timeOf(newest))
  return { ids: whole, hasNextPage: whole.length < ids.length }
}
