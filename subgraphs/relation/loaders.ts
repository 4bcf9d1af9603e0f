import DataLoader from 'dataloader'
import type { Viewer } from '../../kit/viewer.ts'
import type { RelationLookups, RelationStore } from './store.ts'

const batching = { maxBatchSize: 1_000 }

export const createLoaders = (lookups: RelationLookups, store: RelationStore, viewer: Viewer | null) => ({
  countsByUser: new DataLoader((ids: readonly number[]) => lookups.countsByUser(ids), batching),
  /** Whether the viewer follows a user; without a viewer nobody does, and nothing is asked. */
  isFollowByUser: new DataLoader(
    async (ids: readonly number[]) => (viewer ? lookups.followedBy(viewer.id, ids) : ids.map(() => false)),
    batching,
  ),
  /** Whether a user follows the viewer. */
  followsViewerByUser: new DataLoader(
    async (ids: readonly number[]) => (viewer ? store.followersOf(viewer.id, ids) : ids.map(() => false)),
    batching,
  ),
})

export type Loaders = ReturnType<typeof createLoaders>
