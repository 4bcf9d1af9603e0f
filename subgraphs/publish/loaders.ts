import DataLoader from 'dataloader'
import type { PublishLookups } from './store.ts'

export const createLoaders = (lookups: PublishLookups) => ({
  videoById: new DataLoader((ids: readonly number[]) => lookups.byIds(ids)),
  workCountByUser: new DataLoader((ids: readonly number[]) => lookups.workCountByUser(ids)),
})

export type Loaders = ReturnType<typeof createLoaders>
