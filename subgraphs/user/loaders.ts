import DataLoader from 'dataloader'
import type { UserStore, Users } from './store.ts'

export const createLoaders = (users: Users, store: UserStore) => ({
  userById: new DataLoader((ids: readonly number[]) => users.byId(ids), { maxBatchSize: 1_000 }),
  sessionVersionById: new DataLoader((ids: readonly number[]) => store.sessionVersionById(ids), {
    maxBatchSize: 1_000,
  }),
})

export type Loaders = ReturnType<typeof createLoaders>
