import DataLoader from 'dataloader'
import type { PublishStore, VideosById } from './store.ts'

export const createLoaders = (videos: VideosById, store: PublishStore) => ({
  videoById: new DataLoader((ids: readonly number[]) => videos.byIds(ids)),
  workCountByUser: new DataLoader((ids: readonly number[]) => store.workCountByUser(ids)),
})

export type Loaders = ReturnType<typeof createLoaders>
