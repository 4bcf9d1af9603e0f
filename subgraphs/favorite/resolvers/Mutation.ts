import { errors } from '../../../kit/errors.ts'
import { toKey } from '../../../kit/ids.ts'
import { viewerOrThrow } from '../../../kit/viewer.ts'
import type { Context } from '../context.ts'
import type { MutationResolvers } from '../types.generated.ts'

export const Mutation: Required<MutationResolvers<Context>> = {
  favoriteVideo: (_, { input }, context) => setFavorite(toKey(input.videoId, 'videoId'), true, context),
  unfavoriteVideo: (_, { input }, context) => setFavorite(toKey(input.videoId, 'videoId'), false, context),

  async forgetFavoritesOfVideo(_, { videoId }, { writes, authorOfVideo }) {
    const id = toKey(videoId, 'videoId')
    authorOfVideo.forget(id)
    await writes.forgetVideo(id)
    return true
  },
}

async function setFavorite(videoId: number, like: boolean, { viewer, writes, authorOfVideo, ids }: Context) {
  const user = viewerOrThrow(viewer)
  const video = await authorOfVideo.find(videoId)
  if (!video) throw errors.notFound('Video', videoId)
  const row = { user_id: user.id, video_id: videoId, author_id: video.authorId, id: ids.next() }
  await writes.set({ like, row })
  return { video: { id: videoId }, viewer: { id: user.id }, author: { id: video.authorId } }
}
