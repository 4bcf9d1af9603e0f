import { edge } from '../../../kit/connection.ts'
import { timeOf } from '../../../kit/ids.ts'
import type { Context } from '../context.ts'
import { type FeedArguments, type FeedPage, feedRange, pageOf, pageOfMilliseconds, wholeMillisecond } from '../page.ts'
import type { FeedStore } from '../store.ts'
import type { QueryResolvers } from '../types.generated.ts'

export const Query: Required<QueryResolvers<Context>> = {
  async feed(_, page, { store }) {
    const { ids, hasNextPage } = await read(store, page)
    const edges = ids.map((id) => edge(id, { id }))
    const last = ids.at(-1)
    return {
      edges,
      nodes: edges.map(({ node }) => node),
      pageInfo: {
        hasNextPage,
        hasPreviousPage: page.after != null,
        startCursor: edges.at(0)?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
      resumeBefore: last === undefined ? null : timeOf(last),
    }
  },
}

async function read(store: FeedStore, page: FeedArguments): Promise<FeedPage> {
  const { first } = page
  const range = feedRange(page)
  const ids = await store.newest(range, first + 1)
  if (page.after != null) return pageOf(ids, first)
  const last = ids.at(-1)
  return (
    pageOfMilliseconds(ids, first) ??
    wholeMillisecond(last === undefined ? ids : [...ids, ...(await store.restOfMillisecond(range, last))])
  )
}
