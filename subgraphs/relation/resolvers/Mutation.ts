import { errors } from '../../../kit/errors.ts'
import { toKey } from '../../../kit/ids.ts'
import { viewerOrThrow } from '../../../kit/viewer.ts'
import type { Context } from '../context.ts'
import type { MutationResolvers } from '../types.generated.ts'

export const Mutation: Required<MutationResolvers<Context>> = {
  followUser: (_, { input }, context) => setFollow(toKey(input.userId, 'userId'), true, context),
  unfollowUser: (_, { input }, context) => setFollow(toKey(input.userId, 'userId'), false, context),
}

async function setFollow(targetId: number, follow: boolean, { viewer, writes, userExists, loaders }: Context) {
  const user = viewerOrThrow(viewer)
  if (targetId === user.id) throw errors.invalid('userId', 'nobody can follow itself')
  const target = await userExists.get(targetId)
  await writes.set({ follow, user_id: user.id, target_id: target.id })
  // An earlier mutation of the same request may have read what has just changed.
  loaders.countsByUser.clear(user.id).clear(target.id)
  loaders.isFollowByUser.clear(target.id)
  return { user: target, viewer: { id: user.id } }
}
