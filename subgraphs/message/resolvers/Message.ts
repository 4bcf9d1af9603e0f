import { toKey } from '../../../kit/ids.ts'
import type { Context } from '../context.ts'
import type { MessageResolvers } from '../types.generated.ts'

export const Message: MessageResolvers<Context> = {
  __resolveReference: ({ id }, { loaders }) => loaders.messageById.load(toKey(String(id))),
  sentAt: ({ sent_at }) => sent_at,
  sender: ({ from_me, user_id, peer_id }) => ({ id: from_me ? user_id : peer_id }),
  recipient: ({ from_me, user_id, peer_id }) => ({ id: from_me ? peer_id : user_id }),
}
