import DataLoader from 'dataloader'
import type { Viewer } from '../../kit/viewer.ts'
import type { FavoriteLookups } from './store.ts'

export const createLoaders = (lookups: FavoriteLookups, viewer: Viewer | null) => ({
  countByVideo: new DataLoader((ids: readonly number[]) => lookups.countByVideo(ids)),
  countsByUser: new DataLoader((ids: readonly number[]) => lookups.countsByUser(ids)),
  /** Whether the viewer likes a video; without a viewer nobody does, and nothing is asked. */
  isFavoriteByVideo: new DataLoader(async (ids: readonly number[]) =>
    viewer ? lookups.likedBy(viewer.id, ids) : ids.map(() => false),
  ),
})

export type Loaders = ReturnType<typeof createLoaders>
