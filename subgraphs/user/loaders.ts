import { Loader } from '../../kit/loader.ts'
import type { UserStore, Users } from './store.ts'

const maxBatchSize = 1_000

export const createLoaders = (users: Users, store: UserStore) => ({
  userById: new Loader((ids) => users.byId(ids), { atHand: (id) => users.atHand?.byId(id), maxBatchSize }),
  sessionVersionById: new Loader((ids) => store.sessionVersionById(ids), { maxBatchSize }),
})

export type Loaders = ReturnType<typeof createLoaders>
