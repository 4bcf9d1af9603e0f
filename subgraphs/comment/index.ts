import type { Bus } from '../../kit/bus/bus.ts'
import { Hints } from '../../kit/bus/hints.ts'
import { MemoryBus } from '../../kit/bus/memory.ts'
import type { Cache } from '../../kit/cache/cache.ts'
import { migrate } from '../../kit/database/migrate.ts'
import { OwnerFact } from '../../kit/owners.ts'
import type { Services } from '../../kit/services.ts'
import { defineSubgraph, type Subgraph } from '../../kit/subgraph/subgraph.ts'
import { CachedCommentCounts } from './cached-store.ts'
import type { Context } from './context.ts'
import { createLoaders } from './loaders.ts'
import { createComment } from './migrations/0001-create-comment.ts'
import { createCommentOutbox } from './migrations/0002-create-outbox.ts'
import { clientIdsByByte } from './migrations/0003-client-ids-by-byte.ts'
import { commentNotices } from './notices.ts'
import { Comment } from './resolvers/Comment.ts'
import { Mutation } from './resolvers/Mutation.ts'
import { Video } from './resolvers/Video.ts'
import { CommentStore } from './store.ts'
import { CommentWrites } from './writes.ts'

export interface CommentServices {
  /** Carries hints: who watches `video:<video id>` hears when its comments may have changed. */
  readonly bus?: Pick<Bus, 'publish'>
  /** Counts are read through it. */
  readonly cache?: Cache
}

/** Comments: what users write under videos, and how many there are. */
export async function comment(services: Services & CommentServices): Promise<Subgraph> {
  const { db, ids, slot, log, sources, cache, bus = new MemoryBus({ log }) } = services
  await migrate(db, 'comment', [createComment, createCommentOutbox, clientIdsByByte])
  const store = new CommentStore(db)
  const cached = cache && new CachedCommentCounts(store, cache)
  const notices = commentNotices(services)
  const writes = new CommentWrites(db, slot, cached, notices)
  const authorOfVideo = new OwnerFact(sources, {
    owner: 'publish',
    typename: 'Video',
    selection: 'author { id }',
    toValue: (video) => ({ authorId: Number((video['author'] as { id: string }).id) }), // as selected
  })
  const hints = new Hints(bus, log)
  return defineSubgraph<Context>({
    name: 'comment',
    resolvers: { Mutation, Comment, Video },
    createContext: ({ viewer }) => ({
      viewer,
      loaders: createLoaders(cached ?? store, store),
      store,
      writes,
      ids,
      authorOfVideo,
      hints,
    }),
    close: () => notices.close(),
  })
}
