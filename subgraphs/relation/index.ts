import type { Cache } from '../../kit/cache/cache.ts'
import { migrate } from '../../kit/database/migrate.ts'
import { OwnerFact } from '../../kit/owners.ts'
import type { Services } from '../../kit/services.ts'
import { defineSubgraph, type Subgraph } from '../../kit/subgraph/subgraph.ts'
import { CachedRelations } from './cached-store.ts'
import type { Context, UserRef } from './context.ts'
import { createLoaders } from './loaders.ts'
import { createRelation } from './migrations/0001-create-relation.ts'
import { createRelationOutbox } from './migrations/0002-create-outbox.ts'
import { followNotices } from './notices.ts'
import { Mutation } from './resolvers/Mutation.ts'
import { User } from './resolvers/User.ts'
import { RelationStore } from './store.ts'
import { RelationWrites } from './writes.ts'

export interface RelationServices {
  /** Who follows whom, and counts, are read through it. */
  readonly cache?: Cache
  /** How many users one may follow. */
  readonly mostFollows?: number
}

/** Follows: who follows whom, and every count and list of it. */
export async function relation(services: Services & RelationServices): Promise<Subgraph> {
  const { db, ids, slot, sources, cache, mostFollows } = services
  await migrate(db, 'relation', [createRelation, createRelationOutbox])
  const store = new RelationStore(db)
  const cached = cache && new CachedRelations(store, cache)
  const notices = followNotices(services)
  const writes = new RelationWrites(db, ids, slot, cached, notices, mostFollows)
  const userExists = new OwnerFact<UserRef>(sources, {
    owner: 'user',
    typename: 'User',
    selection: 'id',
    toValue: ({ id }) => ({ id: Number(id) }),
  })
  return defineSubgraph<Context>({
    name: 'relation',
    resolvers: { Mutation, User },
    createContext: ({ viewer }) => ({
      viewer,
      loaders: createLoaders(cached ?? store, store, viewer),
      store,
      writes,
      userExists,
    }),
    close: () => notices.close(),
  })
}
