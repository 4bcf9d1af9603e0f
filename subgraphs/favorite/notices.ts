import { type Notice, Outbox } from '../../kit/outbox.ts'
import { mutateAtOwner } from '../../kit/owner-mutation.ts'
import type { Services } from '../../kit/services.ts'

/** The author of a video has to be told that somebody likes it. The owner is who likes it, the id that of the like. */
export interface LikeNotice extends Notice {
  readonly authorId: number
  readonly videoId: number
}

export const noticeTable = 'favorite_outbox'

/** Tells the message service of likes. */
export const likeNotices = ({ db, clock, log, sources }: Services) =>
  new Outbox<LikeNotice>({
    db,
    table: noticeTable,
    clock,
    log,
    deliver: (notices) => {
      const value = notices.map(({ id, ownerId, authorId, videoId }) => ({
        id: String(id),
        kind: 'LIKED',
        recipientId: String(authorId),
        actorId: String(ownerId),
        videoId: String(videoId),
      }))
      const notifications = { type: '[NotificationInput!]!', value }
      return mutateAtOwner(sources(), { owner: 'message', field: 'addNotifications', arguments: { notifications } })
    },
  })
