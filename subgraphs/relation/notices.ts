import { type Notice, Outbox } from '../../kit/outbox.ts'
import { mutateAtOwner } from '../../kit/owner-mutation.ts'
import type { Services } from '../../kit/services.ts'

/** A user has to be told of a follower. The owner is who follows, the id that of the follow. */
export interface FollowNotice extends Notice {
  readonly targetId: number
}

export const noticeTable = 'relation_outbox'

/** Tells the message service of follows. */
export const followNotices = ({ db, clock, log, sources }: Services) =>
  new Outbox<FollowNotice>({
    db,
    table: noticeTable,
    clock,
    log,
    deliver: (notices) => {
      const value = notices.map(({ id, ownerId, targetId }) => ({
        id: String(id),
        kind: 'FOLLOWED',
        recipientId: String(targetId),
        actorId: String(ownerId),
      }))
      const notifications = { type: '[NotificationInput!]!', value }
      return mutateAtOwner(sources(), { owner: 'message', field: 'addNotifications', arguments: { notifications } })
    },
  })
