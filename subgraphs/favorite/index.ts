import type { Cache } from '../../kit/cache/cache.ts'
import { uncached } from '../../kit/cache/cache-writer.ts'
import { migrate } from '../../kit/database/migrate.ts'
import { OwnerFact } from '../../kit/owners.ts'
import type { Services } from '../../kit/services.ts'
import { defineSubgraph, type Subgraph } from '../../kit/subgraph/subgraph.ts'
import { CachedLikes } from './cached-store.ts'
import type { Context } from './context.ts'
import { createLoaders } from './loaders.ts'
import { createFavorite } from './migrations/0001-create-favorite.ts'
import { Mutation } from './resolvers/Mutation.ts'
import { User } from './resolvers/User.ts'
import { Video } from './resolvers/Video.ts'
import { FavoriteStore } from './store.ts'
import { FavoriteWrites } from './writes.ts'

export interface FavoriteServices {
  /** Who likes what is read through it. */
  readonly cache?: Cache
}

/** Likes: who likes which video, and every count of it. */
export async function favorite(services: Services & FavoriteServices): Promise<Subgraph> {
  const { db, ids, slot, sources, cache } = services
  await migrate(db, 'favorite', [createFavorite])
  const store = new FavoriteStore(db)
  const cached = cache && new CachedLikes(store, cache)
  const writes = new FavoriteWrites(db, ids, slot, cached ?? uncached)
  const authorOfVideo = new OwnerFact(sources, {
    owner: 'publish',
    typename: 'Video',
    selection: 'author { id }',
    toValue: (video) => ({ authorId: Number((video['author'] as { id: string }).id) }), // as selected
  })
  return defineSubgraph<Context>({
    name: 'favorite',
    resolvers: { Mutation, User, Video },
    createContext: ({ viewer }) => ({
      viewer,
      loaders: createLoaders(store, cached ?? store, viewer),
      store,
      writes,
      authorOfVideo,
    }),
  })
}
