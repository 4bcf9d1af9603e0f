import { toKey } from '../../../kit/ids.ts'
import type { Context } from '../context.ts'
import type { QueryResolvers } from '../types.generated.ts'

export const Query: QueryResolvers<Context> = {
  viewer: (_, __, { viewer, loaders }) => (viewer ? loaders.userById.load(viewer.id) : null),
  user: (_, { id }, { loaders }) => loaders.userById.load(toKey(id)),
}
