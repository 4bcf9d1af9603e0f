import { createHistogram } from 'node:perf_hooks'
import type { Kysely } from 'kysely'
import type { IdSource } from '../../kit/ids.ts'
import type { FavoriteTables } from '../../subgraphs/favorite/tables.ts'
import { FavoriteWrites } from '../../subgraphs/favorite/writes.ts'

export interface HotVideo {
  readonly videoId: number
  readonly authorId: number
  /** Each likes the video once. */
  readonly users: readonly number[]
}

export interface Storm {
  readonly likes: number
  readonly perSecond: number
  /** Milliseconds from the call to the answer after the commit. */
  readonly p50: number
  readonly p99: number
}

type Set = (wish: { user_id: number; video_id: number; author_id: number; like: true }) => Promise<unknown>

/** As the app likes: callers of one process share transactions. */
export const likeAtOnce = (db: Kysely<FavoriteTables>, ids: IdSource): Set => {
  const writes = new FavoriteWrites(db, ids, 0)
  return (wish) => writes.set(wish)
}

/** The same statements with one transaction for each like: a writer of its own never finds a second caller. */
export const likeOneByOne =
  (db: Kysely<FavoriteTables>, ids: IdSource): Set =>
  (wish) =>
    new FavoriteWrites(db, ids, 0).set(wish)

/** Lets users like one video, `atOnce` of them at any time, until all have or the time is over. */
export async function storm(
  set: Set,
  hot: HotVideo,
  { atOnce, seconds }: { atOnce: number; seconds: number },
): Promise<Storm> {
  const { videoId: video_id, authorId: author_id, users } = hot
  const histogram = createHistogram({ lowest: 1, highest: 60_000_000, figures: 3 }) // in microseconds
  const begin = performance.now()
  const end = begin + seconds * 1000
  let next = 0
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let user_id = users[next++]; user_id !== undefined && performance.now() < end; user_id = users[next++]) {
        const since = performance.now()
        await set({ user_id, video_id, author_id, like: true })
        histogram.record(Math.max(1, Math.round((performance.now() - since) * 1000)))
      }
    }),
  )
  const likes = histogram.count
  const perSecond = (likes / (performance.now() - begin)) * 1000
  return { likes, perSecond, p50: histogram.percentile(50) / 1000, p99: histogram.percentile(99) / 1000 }
}

/** What the database holds of a video: its likes, and what its counters say. */
export async function storedLikes(
  db: Kysely<FavoriteTables>,
  videoId: number,
): Promise<{ rows: number; counted: number }> {
  const { rows } = await db
    .selectFrom('favorite')
    .select(({ fn }) => fn.countAll().as('rows'))
    .where('video_id', '=', videoId)
    .executeTakeFirstOrThrow()
  const { counted } = await db
    .selectFrom('favorite_count_of_video')
    .select(({ fn }) => fn.sum('count').as('counted'))
    .where('video_id', '=', videoId)
    .executeTakeFirstOrThrow()
  return { rows: Number(rows), counted: Number(counted ?? 0) }
}
