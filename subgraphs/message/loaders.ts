import DataLoader from 'dataloader'
import type { Viewer } from '../../kit/viewer.ts'
import type { MessageStore } from './store.ts'

/** All of them answer from the viewer's mailbox alone; without a viewer there is nothing in it, and nothing is asked. */
export const createLoaders = (store: MessageStore, viewer: Viewer | null) => ({
  messageById: new DataLoader(async (ids: readonly number[]) =>
    viewer ? store.byIds(viewer.id, ids) : ids.map(() => null),
  ),
  latestByPeer: new DataLoader(async (peerIds: readonly number[]) =>
    viewer ? store.latestByPeer(viewer.id, peerIds) : peerIds.map(() => null),
  ),
})

export type Loaders = ReturnType<typeof createLoaders>
