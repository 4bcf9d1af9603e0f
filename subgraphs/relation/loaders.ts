import { Loader } from '../../kit/loader.ts'
import type { Viewer } from '../../kit/viewer.ts'
import type { RelationLookups, RelationStore } from './store.ts'

const maxBatchSize = 1_000

export const createLoaders = (lookups: RelationLookups, store: RelationStore, viewer: Viewer | null) => ({
  countsByUser: new Loader((ids) => lookups.countsByUser(ids), {
    atHand: (id) => lookups.atHand?.countsByUser(id),
    maxBatchSize,
  }),
  /** Whether the viewer follows a user; without a viewer nobody does, and nothing is asked. */
  isFollowByUser: new Loader(async (ids) => (viewer ? lookups.followedBy(viewer.id, ids) : ids.map(() => false)), {
    atHand: (id) => (viewer ? lookups.atHand?.followedBy(viewer.id, id) : false),
    maxBatchSize,
  }),
  /** Whether a user follows the viewer. */
  followsViewerByUser: new Loader(async (ids) => (viewer ? store.followersOf(viewer.id, ids) : ids.map(() => false)), {
    maxBatchSize,
  }),
})

export type Loaders = ReturnType<typeof createLoaders>
