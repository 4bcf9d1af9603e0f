import { toKey } from '../../../kit/ids.ts'
import type { Context } from '../context.ts'
import type { QueryResolvers } from '../types.generated.ts'

export const Query: Required<QueryResolvers<Context>> = {
  video: (_, { id }, { loaders }) => loaders.videoById.load(toKey(id)),
}
