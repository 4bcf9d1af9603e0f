import type { Bus } from '../../kit/bus/bus.ts'
import { Changes } from '../../kit/bus/changes.ts'
import { Hints } from '../../kit/bus/hints.ts'
import { MemoryBus } from '../../kit/bus/memory.ts'
import type { Cache } from '../../kit/cache/cache.ts'
import { migrate } from '../../kit/database/migrate.ts'
import { errors } from '../../kit/errors.ts'
import { OwnerFact } from '../../kit/owners.ts'
import type { Services } from '../../kit/services.ts'
import { defineSubgraph, type Subgraph } from '../../kit/subgraph/subgraph.ts'
import { CachedFavorites } from './cached-store.ts'
import type { Context } from './context.ts'
import { createLoaders } from './loaders.ts'
import { createFavorite } from './migrations/0001-create-favorite.ts'
import { createFavoriteOutbox } from './migrations/0002-create-outbox.ts'
import { likeNotices } from './notices.ts'
import { Mutation } from './resolvers/Mutation.ts'
import { Subscription } from './resolvers/Subscription.ts'
import { User } from './resolvers/User.ts'
import { Video } from './resolvers/Video.ts'
import { FavoriteStore } from './store.ts'
import { videoGone } from './video-channel.ts'
import { FavoriteWrites } from './writes.ts'

export interface FavoriteServices {
  /** Who likes what, and counts, are read through it. */
  readonly cache?: Cache
  /** Carries hints: who watches `video:<video id>` hears when its counts may have changed, and `gone` when it is deleted. */
  readonly bus?: Pick<Bus, 'publish' | 'on'>
}

/** Likes: who likes which video, and every count of it. */
export async function favorite(services: Services & FavoriteServices): Promise<Subgraph> {
  const { db, ids, slot, log, sources, cache, bus = new MemoryBus({ log }) } = services
  await migrate(db, 'favorite', [createFavorite, createFavoriteOutbox])
  const store = new FavoriteStore(db)
  const cached = cache && new CachedFavorites(store, cache)
  const notices = likeNotices(services)
  const writes = new FavoriteWrites(db, ids, slot, cached, notices)
  const authorOfVideo = new OwnerFact(sources, {
    owner: 'publish',
    typename: 'Video',
    selection: 'author { id }',
    toValue: (video) => ({ authorId: Number((video['author'] as { id: string }).id) }), // as selected
  })
  const hints = new Hints(bus, log)
  const changes = new Changes({ bus, isEnd: (payload) => payload === videoGone })
  return defineSubgraph<Context>({
    name: 'favorite',
    resolvers: { Mutation, Subscription, User, Video },
    createContext: ({ viewer }) => ({
      viewer,
      loaders: createLoaders(cached ?? store, viewer),
      store,
      writes,
      authorOfVideo,
      hints,
      changes,
    }),
    close: async () => {
      changes.close(errors.unavailable('favorite'))
      await notices.close()
    },
  })
}
