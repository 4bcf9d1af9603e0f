import { toKey } from '../../../kit/ids.ts'
import type { Context } from '../context.ts'
import type { VideoResolvers } from '../types.generated.ts'

export const Video: VideoResolvers<Context> = {
  __resolveReference: ({ id }) => ({ id: toKey(String(id)) }),
  favoriteCount: ({ id }, _, { loaders }) => loaders.countByVideo.load(id),
  isFavorite: ({ id }, _, { loaders }) => loaders.isFavoriteByVideo.load(id),
}
