import { Loader } from '../../kit/loader.ts'
import type { CommentStore, CountByVideo } from './store.ts'

export const createLoaders = (counts: CountByVideo, store: CommentStore) => ({
  commentById: new Loader((ids) => store.byIds(ids)),
  countByVideo: new Loader((ids) => counts.countByVideo(ids), { atHand: (id) => counts.atHand?.countByVideo(id) }),
})

export type Loaders = ReturnType<typeof createLoaders>
