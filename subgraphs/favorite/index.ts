import { migrate } from '../../kit/database/migrate.ts'
import { OwnerFact } from '../../kit/owners.ts'
import type { Services } from '../../kit/services.ts'
import { defineSubgraph, type Subgraph } from '../../kit/subgraph/subgraph.ts'
import type { Context } from './context.ts'
import { createLoaders } from './loaders.ts'
import { createFavorite } from './migrations/0001-create-favorite.ts'
import { Mutation } from './resolvers/Mutation.ts'
import { User } from './resolvers/User.ts'
import { Video } from './resolvers/Video.ts'
import { FavoriteStore } from './store.ts'
import { FavoriteWrites } from './writes.ts'

/** Likes: who likes which video, and every count of it. */
export async function favorite({ db, ids, slot, sources }: Services): Promise<Subgraph> {
  await migrate(db, 'favorite', [createFavorite])
  const store = new FavoriteStore(db)
  const writes = new FavoriteWrites(db, ids, slot)
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
      loaders: createLoaders(store, viewer),
      store,
      writes,
      authorOfVideo,
    }),
  })
}
