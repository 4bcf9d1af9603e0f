import type { Services } from '../../kit/services.ts'
import { defineSubgraph, type Subgraph } from '../../kit/subgraph/subgraph.ts'
import type { Context } from './context.ts'
import { Query } from './resolvers/Query.ts'
import { FeedStore } from './store.ts'

/**
 * All videos, newest first. Reads the publish service's table; until that service has made it, the feed is UNAVAILABLE
 * rather than empty, so that a process that looks into the wrong database is noticed.
 */
export async function feed({ db }: Services): Promise<Subgraph> {
  const store = new FeedStore(db)
  return defineSubgraph<Context>({
    name: 'feed',
    resolvers: { Query },
    createContext: () => ({ store }),
  })
}
