import { errors } from '../../../kit/errors.ts'
import { toKey } from '../../../kit/ids.ts'
import { cleanText } from '../../../kit/text.ts'
import { viewerOrThrow } from '../../../kit/viewer.ts'
import type { Context } from '../context.ts'
import { attemptTime } from '../deletions.ts'
import type { MutationResolvers } from '../types.generated.ts'
import { ownerOfUpload } from '../upload-id.ts'

export const Mutation: Required<MutationResolvers<Context>> = {
  createUpload: (_, __, { viewer, uploads, origin }) => uploads.open(viewerOrThrow(viewer).id, origin),

  async publishVideo(_, { input }, { viewer, publishing }) {
    const user = viewerOrThrow(viewer)
    const { uploadId } = input
    const title = cleanText('title', input.title, { max: 200 })
    if (ownerOfUpload(uploadId) !== user.id) throw errors.forbidden('the upload belongs to someone else', 'upload')
    const video = await publishing.publish({ userId: user.id, uploadId, title })
    return { video, author: { id: user.id } }
  },

  async deleteVideo(_, { input }, { viewer, writes, deletions, clock }) {
    const user = viewerOrThrow(viewer)
    const videoId = toKey(input.videoId, 'videoId')
    await writes.delete(videoId, user.id, clock() + attemptTime)
    await deletions.followUp(videoId)
    return { videoId, author: { id: user.id } }
  },
}
