import { Loader } from '../../kit/loader.ts'
import type { Viewer } from '../../kit/viewer.ts'
import type { FavoriteLookups } from './store.ts'

export const createLoaders = (lookups: FavoriteLookups, viewer: Viewer | null) => ({
  countByVideo: new Loader((ids) => lookups.countByVideo(ids), {
    atHand: (id) => lookups.atHand?.countByVideo(id),
  }),
  countsByUser: new Loader((ids) => lookups.countsByUser(ids), {
    atHand: (id) => lookups.atHand?.countsByUser(id),
  }),
  /** Whether the viewer likes a video; without a viewer nobody does, and nothing is asked. */
  isFavoriteByVideo: new Loader(async (ids) => (viewer ? lookups.likedBy(viewer.id, ids) : ids.map(() => false)), {
    atHand: (id) => (viewer ? lookups.atHand?.likedBy(viewer.id, id) : false),
  }),
})

export type Loaders = ReturnType<typeof createLoaders>
