import type { Context } from '../context.ts'
import { messageConnection, messageRange } from '../paging.ts'
import type { ConversationResolvers } from '../types.generated.ts'

export const Conversation: Required<ConversationResolvers<Context>> = {
  with: ({ peerId }) => ({ id: peerId }),
  latestMessage: ({ peerId }, _, { loaders }) => loaders.latestByPeer.load(peerId),
  async messages({ userId, peerId }, page, { store }) {
    const range = messageRange(page)
    return messageConnection(await store.between(userId, peerId, range), range)
  },
}
