import { connection, pageRequest } from '../../../kit/connection.ts'
import { toKey } from '../../../kit/ids.ts'
import { viewerOrThrow } from '../../../kit/viewer.ts'
import type { Context } from '../context.ts'
import { notificationOf } from '../notification.ts'
import { conversationConnection, conversationRequest } from '../paging.ts'
import type { QueryResolvers } from '../types.generated.ts'

export const Query: Required<QueryResolvers<Context>> = {
  conversation: (_, args, { viewer }) => ({ userId: viewerOrThrow(viewer).id, peerId: toKey(args.with, 'with') }),

  async conversations(_, page, { viewer, store }) {
    const user = viewerOrThrow(viewer)
    const request = conversationRequest(page)
    return conversationConnection(await store.conversations(user.id, request), request)
  },

  async notifications(_, page, { viewer, notificationLog }) {
    const user = viewerOrThrow(viewer)
    const request = pageRequest(page)
    const rows = await notificationLog.newest(user.id, request)
    return connection(rows, request, ({ seq }) => seq, notificationOf)
  },

  async inbox(_, _args, { viewer, inbox }) {
    return { cursor: await inbox.head(viewerOrThrow(viewer).id) }
  },
}
