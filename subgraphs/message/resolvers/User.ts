import { toKey } from '../../../kit/ids.ts'
import type { Context } from '../context.ts'
import type { UserResolvers } from '../types.generated.ts'

export const User: UserResolvers<Context> = {
  __resolveReference: ({ id }) => ({ id: toKey(String(id)) }),
  latestMessage: ({ id }, _, { loaders }) => loaders.latestByPeer.load(id),
}
