import { errors } from '../../../kit/errors.ts'
import { toKey } from '../../../kit/ids.ts'
import { checkedText, cleanText } from '../../../kit/text.ts'
import { viewerOrThrow } from '../../../kit/viewer.ts'
import type { Context } from '../context.ts'
import { newNotification } from '../notification.ts'
import type { MutationResolvers } from '../types.generated.ts'

export const Mutation: Required<MutationResolvers<Context>> = {
  async sendMessage(_, { input }, { viewer, writes, loaders, user, ids }) {
    const from = viewerOrThrow(viewer).id
    const to = toKey(input.to, 'to')
    if (to === from) throw errors.invalid('to', 'a message to oneself')
    const content = checkedText('content', input.content, { max: 1000 })
    const clientId = input.clientId == null ? undefined : cleanText('clientId', input.clientId, { max: 64 })
    await user.get(to)
    const message = await writes.send({ id: ids.next(), from, to, content, clientId })
    loaders.latestByPeer.clear(to)
    return { message, conversation: { userId: from, peerId: to } }
  },
  async setTyping(_, { to }, { viewer, checkFriends, activities }) {
    const from = viewerOrThrow(viewer).id
    const friend = toKey(to, 'to')
    await checkFriends(from, [friend])
    activities.tellTyping(from, friend)
    return true
  },

  async addNotifications(_, { notifications }, { notificationWrites }) {
    if (notifications.length > 500) throw errors.limitExceeded('notifications', 500)
    await notificationWrites.add(notifications.map(newNotification))
    return true
  },
}
