import DataLoader from 'dataloader'
import type { CommentStore } from './store.ts'

export const createLoaders = (store: CommentStore) => ({
  commentById: new DataLoader((ids: readonly number[]) => store.byIds(ids)),
  countByVideo: new DataLoader((ids: readonly number[]) => store.countByVideo(ids)),
})

export type Loaders = ReturnType<typeof createLoaders>
