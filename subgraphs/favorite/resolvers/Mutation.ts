import { toKey } from '../../../kit/ids.ts'
import { viewerOrThrow } from '../../../kit/viewer.ts'
import type { Context } from '../context.ts'
import type { MutationResolvers } from '../types.generated.ts'
import { videoChannel, videoGone } from '../video-channel.ts'

export const Mutation: Required<MutationResolvers<Context>> = {
  favoriteVideo: (_, { input }, context) => setFavorite(toKey(input.videoId, 'videoId'), true, context),
  unfavoriteVideo: (_, { input }, context) => setFavorite(toKey(input.videoId, 'videoId'), false, context),

  async forgetFavoritesOfVideo(_, { videoId }, { writes, authorOfVideo, hints }) {
    const id = toKey(videoId, 'videoId')
    authorOfVideo.forget(id)
    await writes.forgetVideo(id)
    hints.send(videoChannel(id), videoGone)
    return true
  },
}

async function setFavorite(videoId: number, like: boolean, context: Context) {
  const { viewer, writes, authorOfVideo, loaders, hints } = context
  const user = viewerOrThrow(viewer)
  const { authorId } = await authorOfVideo.get(videoId)
  await writes.set({ like, user_id: user.id, video_id: videoId, author_id: authorId })
  hints.send(videoChannel(videoId))
  // An earlier mutation of the same request may have read what has just changed.
  loaders.isFavoriteByVideo.clear(videoId)
  loaders.countByVideo.clear(videoId)
  loaders.countsByUser.clear(user.id).clear(authorId)
  return { video: { id: videoId }, viewer: { id: user.id }, author: { id: authorId } }
}
