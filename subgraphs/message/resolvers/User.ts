import { keyAlone } from '../../../kit/subgraph/entities.ts'
import type { Context } from '../context.ts'
import type { UserResolvers } from '../types.generated.ts'

export const User: UserResolvers<Context> = {
  __resolveReference: keyAlone,
  latestMessage: ({ id }, _, { loaders }) => loaders.latestByPeer.load(id),
}
