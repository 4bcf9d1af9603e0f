import { errors } from '../../../kit/errors.ts'
import { toKey } from '../../../kit/ids.ts'
import type { Context } from '../context.ts'
import type { SubscriptionResolvers } from '../types.generated.ts'
import { videoChannel } from '../video-channel.ts'

export const Subscription: Required<SubscriptionResolvers<Context>> = {
  videoChanged: {
    async subscribe(_, { id }, { authorOfVideo, store, changes }) {
      const key = toKey(id)
      await authorOfVideo.get(key)
      const follower = changes.follow(videoChannel(key))
      if (!(await store.isDeleted(key))) return follower
      await follower.return()
      throw errors.notFound('Video', key)
    },
    resolve: (_event: undefined, { id }: { id: string }) => ({ id: toKey(id) }),
  },
}
