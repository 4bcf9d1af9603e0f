import type { Audiences } from '../gateway/subscriptions/audience.ts'

/** A video that many watch is one stream for all of them, unless somebody asks how they themselves stand to it. */
export const audiences: Audiences = {
  everyone: ['videoChanged'],
  personal: ['Video.isFavorite', 'User.isFollow', 'User.followsViewer', 'User.latestMessage'],
}
