import { Loader } from '../../kit/loader.ts'
import type { PublishLookups } from './store.ts'

export const createLoaders = (lookups: PublishLookups) => ({
  videoById: new Loader((ids) => lookups.byIds(ids), { atHand: (id) => lookups.atHand?.byId(id) }),
  workCountByUser: new Loader((ids) => lookups.workCountByUser(ids), {
    atHand: (id) => lookups.atHand?.workCountByUser(id),
  }),
})

export type Loaders = ReturnType<typeof createLoaders>
