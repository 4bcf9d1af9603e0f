import { type Notice, Outbox } from '../../kit/outbox.ts'
import { mutateAtOwner } from '../../kit/owner-mutation.ts'
import type { Services } from '../../kit/services.ts'

/** The author of a video has to be told of a comment. The owner is the video, the id that of the comment. */
export interface CommentNotice extends Notice {
  readonly videoAuthorId: number
  readonly authorId: number
}

export const noticeTable = 'comment_outbox'

/** Tells the message service of comments. */
export const commentNotices = ({ db, clock, log, sources }: Services) =>
  new Outbox<CommentNotice>({
    db,
    table: noticeTable,
    clock,
    log,
    deliver: (notices) => {
      const value = notices.map(({ id, ownerId, videoAuthorId, authorId }) => ({
        id: String(id),
        kind: 'COMMENTED',
        recipientId: String(videoAuthorId),
        actorId: String(authorId),
        videoId: String(ownerId),
      }))
      const notifications = { type: '[NotificationInput!]!', value }
      return mutateAtOwner(sources(), { owner: 'message', field: 'addNotifications', arguments: { notifications } })
    },
  })
