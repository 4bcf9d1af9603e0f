import { errors } from '../../kit/errors.ts'
import { timeOf, toKey } from '../../kit/ids.ts'
import type { NewNotification } from './notification-writes.ts'
import type { NotificationRow } from './tables.ts'
import type { NotificationInput } from './types.generated.ts'

/** As the graph has it. */
export const notificationOf = ({ id, kind, actor_id, video_id }: NotificationRow) => ({
  id,
  kind,
  actor: { id: actor_id },
  video: video_id === 0 ? null : { id: video_id },
  comment: kind === 'COMMENTED' ? { id } : null,
  createdAt: timeOf(id),
})

/** @throws BAD_USER_INPUT */
export function newNotification({ id, kind, recipientId, actorId, videoId }: NotificationInput): NewNotification {
  const video_id = videoId == null ? 0 : toKey(videoId, 'videoId')
  const row = { id: toKey(id), kind, user_id: toKey(recipientId, 'recipientId'), actor_id: toKey(actorId, 'actorId') }
  if (row.user_id === row.actor_id) throw errors.invalid('recipientId', 'nobody is told of what he did himself')
  if ((kind === 'FOLLOWED') !== (video_id === 0)) throw errors.invalid('videoId', `does not fit ${kind}`)
  return { ...row, video_id, subject_id: kind === 'COMMENTED' ? row.id : video_id }
}
