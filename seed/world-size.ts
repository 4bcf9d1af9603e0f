import { SeedFault } from './fault.ts'

/** How many there are of each. */
export interface WorldSize {
  readonly users: number
  readonly videos: number
  readonly likes: number
  readonly follows: number
  readonly comments: number
  readonly messages: number
}

export const countNames = ['users', 'videos', 'likes', 'follows', 'comments', 'messages'] as const

/** Whatever is not asked for follows from the users and videos. @throws SeedFault for what cannot be */
export function worldSize(asked: Partial<WorldSize>): WorldSize {
  const users = within('users', asked.users, { least: 1, usual: 30, most: 1_000 })
  const videos = within('videos', asked.videos, { usual: users * 2, most: 2_000 })
  const among = `${users} users and ${videos} videos`
  const likes = within('likes', asked.likes, {
    usual: Math.min(videos * 10, (users * videos) / 3),
    most: users * videos,
    among,
  })
  const follows = within('follows', asked.follows, { usual: users * 6, most: users * (users - 1), among })
  const comments = within('comments', asked.comments, { usual: videos * 4, most: videos > 0 ? 100_000 : 0, among })
  const messages = within('messages', asked.messages, {
    usual: users * 6,
    most: follows >= 2 ? 100_000 : 0,
    among: `${users} users and ${follows} follows: only friends chat`,
  })
  return { users, videos, likes, follows, comments, messages }
}

interface Bounds {
  readonly least?: number
  readonly usual: number
  readonly most: number
  readonly among?: string
}

function within(name: string, asked: number | undefined, { least = 0, usual, most, among }: Bounds): number {
  const count = asked ?? Math.min(Math.round(usual), most)
  if (Number.isInteger(count) && count >= least && count <= most) return count
  throw new SeedFault(`--${name} has to be a whole number from ${least} to ${most}${among ? ` with ${among}` : ''}`)
}
