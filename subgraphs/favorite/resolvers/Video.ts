import { keyAlone } from '../../../kit/subgraph/entities.ts'
import type { Context } from '../context.ts'
import type { VideoResolvers } from '../types.generated.ts'

export const Video: VideoResolvers<Context> = {
  __resolveReference: keyAlone,
  favoriteCount: ({ id }, _, { loaders }) => loaders.countByVideo.load(id),
  isFavorite: ({ id }, _, { loaders }) => loaders.isFavoriteByVideo.load(id),
}
