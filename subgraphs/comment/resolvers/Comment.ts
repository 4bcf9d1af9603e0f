import { timeOf, toKey } from '../../../kit/ids.ts'
import type { Context } from '../context.ts'
import type { CommentResolvers } from '../types.generated.ts'

export const Comment: CommentResolvers<Context> = {
  __resolveReference: ({ id }, { loaders }) => loaders.commentById.load(toKey(String(id))),
  createdAt: ({ id }) => timeOf(id),
  author: ({ author_id }) => ({ id: author_id }),
  video: ({ video_id }) => ({ id: video_id }),
}
