import { toKey } from '../../../kit/ids.ts'
import { checkedText, cleanText } from '../../../kit/text.ts'
import { viewerOrThrow } from '../../../kit/viewer.ts'
import type { Context } from '../context.ts'
import type { MutationResolvers } from '../types.generated.ts'

/** Where the bus tells that the counts of a video may have changed: the favorite service's `videoChanged` listens there. */
const videoChannel = (videoId: number) => `video:${videoId}`

export const Mutation: Required<MutationResolvers<Context>> = {
  async postComment(_, { input }, { viewer, writes, loaders, authorOfVideo, ids, hints }) {
    const author = viewerOrThrow(viewer)
    const videoId = toKey(input.videoId, 'videoId')
    const text = checkedText('text', input.text, { max: 1000 })
    const clientId = input.clientId == null ? undefined : cleanText('clientId', input.clientId, { max: 64 })
    const { authorId } = await authorOfVideo.get(videoId)
    const row = { video_id: videoId, id: ids.next(), author_id: author.id, text }
    const comment = await writes.post({ row, clientId, videoAuthorId: authorId })
    hints.send(videoChannel(videoId))
    loaders.countByVideo.clear(videoId)
    return { comment, video: { id: videoId } }
  },

  async deleteComment(_, { input }, { viewer, writes, loaders, hints }) {
    const author = viewerOrThrow(viewer)
    const key = { video_id: toKey(input.videoId, 'videoId'), id: toKey(input.commentId, 'commentId') }
    await writes.delete({ ...key, author_id: author.id })
    hints.send(videoChannel(key.video_id))
    loaders.commentById.clear(key.id)
    loaders.countByVideo.clear(key.video_id)
    return { commentId: key.id, video: { id: key.video_id } }
  },

  async forgetCommentsOfVideo(_, { videoId }, { writes, authorOfVideo }) {
    const id = toKey(videoId, 'videoId')
    authorOfVideo.forget(id)
    await writes.forgetVideo(id)
    return true
  },
}
