import DataLoader from 'dataloader'
import type { Viewer } from '../../kit/viewer.ts'
import type { FavoriteStore, LikeStates } from './store.ts'

export const createLoaders = (store: FavoriteStore, likes: LikeStates, viewer: Viewer | null) => ({
  countByVideo: new DataLoader((ids: readonly number[]) => store.countByVideo(ids)),
  countByUser: new DataLoader((ids: readonly number[]) => store.countByUser(ids)),
  totalByAuthor: new DataLoader((ids: readonly number[]) => store.totalByAuthor(ids)),
  /** Whether the viewer likes a video; without a viewer nobody does, and nothing is asked. */
  isFavoriteByVideo: new DataLoader(async (ids: readonly number[]) =>
    viewer ? likes.likedBy(viewer.id, ids) : ids.map(() => false),
  ),
})

export type Loaders = ReturnType<typeof createLoaders>
