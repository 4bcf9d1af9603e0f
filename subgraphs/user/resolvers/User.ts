import { timeOf, toKey } from '../../../kit/ids.ts'
import type { Context } from '../context.ts'
import { defaultAvatar, defaultBackground } from '../pictures.ts'
import type { UserResolvers } from '../types.generated.ts'

export const User: UserResolvers<Context> = {
  __resolveReference: ({ id }, { loaders }) => loaders.userById.load(toKey(String(id))),
  avatar: ({ id, avatar }, _, { origin }) => avatar || defaultAvatar(origin, id),
  backgroundImage: ({ id, background }, _, { origin }) => background || defaultBackground(origin, id),
  createdAt: ({ id }) => timeOf(id),
}
