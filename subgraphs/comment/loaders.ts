import DataLoader from 'dataloader'
import type { CommentStore, CountByVideo } from './store.ts'

export const createLoaders = (counts: CountByVideo, store: CommentStore) => ({
  commentById: new DataLoader((ids: readonly number[]) => store.byIds(ids)),
  countByVideo: new DataLoader((ids: readonly number[]) => counts.countByVideo(ids)),
})

export type Loaders = ReturnType<typeof createLoaders>
