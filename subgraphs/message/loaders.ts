import { Loader } from '../../kit/loader.ts'
import type { Viewer } from '../../kit/viewer.ts'
import type { MessageStore } from './store.ts'

/** All of them answer from the viewer's mailbox alone; without a viewer there is nothing in it, and nothing is asked. */
export const createLoaders = (store: MessageStore, viewer: Viewer | null) => ({
  messageById: new Loader(async (ids) => (viewer ? store.byIds(viewer.id, ids) : ids.map(() => null))),
  latestByPeer: new Loader(async (peerIds) =>
    viewer ? store.latestByPeer(viewer.id, peerIds) : peerIds.map(() => null),
  ),
})

export type Loaders = ReturnType<typeof createLoaders>
