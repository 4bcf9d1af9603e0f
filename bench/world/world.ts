import { epoch, firstIdAt, workers } from '../../kit/ids.ts'

/** How much of everything there is. */
export interface WorldSize {
  readonly videos: number
  readonly users: number
  readonly likesPerUser: number
  /** Half of them forwards and half of them backwards around a ring of users: every follow is returned. */
  readonly followsPerUser: number
  /** Comments of all videos together. */
  readonly comments: number
  /** Between a user and its neighbour. */
  readonly messagesPerPair: number
}

export const sizes = {
  '10k': { videos: 10_000, users: 2_000, likesPerUser: 100, followsPerUser: 20, comments: 10_000, messagesPerPair: 20 },
  '1m': {
    ...{ videos: 1_000_000, users: 100_000, likesPerUser: 50, followsPerUser: 50, comments: 1_000_000 },
    messagesPerPair: 10,
  },
  /** Many who may like one video. */
  crowd: { videos: 1_000, users: 60_000, likesPerUser: 0, followsPerUser: 2, comments: 1_000, messagesPerPair: 0 },
} as const satisfies Record<string, WorldSize>
export type SizeName = keyof typeof sizes

const kinds = { user: 0, video: 1, comment: 2, like: 3, follow: 4, message: 5 } as const
const perWorker = firstIdAt(epoch + 1) / workers

/**
 * What is in a generated database, by formula: who drives load knows every id without reading one. Things are numbered
 * from 0 in the order in which they came to be, one a millisecond; later videos are more popular.
 */
export class World {
  readonly size: WorldSize
  readonly #start: number

  /** @param start when the first of everything came to be, in milliseconds since 1970 */
  constructor(size: WorldSize, start: number) {
    this.size = size
    this.#start = start
  }

  /** Ids of different kinds carry different worker numbers, so no two things have the same. */
  id(kind: keyof typeof kinds, index: number): number {
    return firstIdAt(this.#start + index) + kinds[kind] * perWorker
  }

  /** When the thing with this number came to be, in milliseconds since 1970. */
  timeOf(index: number): number {
    return this.#start + index
  }

  authorOf(video: number): number {
    return (video * 7_919) % this.size.users
  }

  /** The one that a user writes messages with. */
  neighbourOf(user: number): number {
    return user ^ 1
  }

  /** Whom a user follows, in ascending order; who follows the user is the same. */
  followsOf(user: number): number[] {
    const { users, followsPerUser } = this.size
    const half = followsPerUser / 2
    const targets = Array.from({ length: followsPerUser }, (_, n) => user + (n < half ? n - half : n - half + 1))
    return targets.map((target) => (target + users) % users).sort((a, b) => a - b)
  }

  /** A video by its popularity: of 10,000 the first gets one pick in twenty, the last hardly any. */
  popular(random: () => number): number {
    return this.size.videos - 1 - Math.floor(this.size.videos * random() ** 3)
  }
}
