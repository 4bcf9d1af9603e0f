import { connection, pageRequest } from '../../../kit/connection.ts'
import { keyAlone } from '../../../kit/subgraph/entities.ts'
import type { Context } from '../context.ts'
import type { VideoResolvers } from '../types.generated.ts'

export const Video: VideoResolvers<Context> = {
  __resolveReference: keyAlone,
  commentCount: ({ id }, _, { loaders }) => loaders.countByVideo.load(id),
  async comments({ id }, page, { store }) {
    const request = pageRequest(page)
    return connection(
      await store.pageOfVideo(id, request),
      request,
      (row) => row.id,
      (row) => row,
    )
  },
}
