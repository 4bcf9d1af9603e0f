import { isDeepStrictEqual } from 'node:util'
import { CachedLikes } from '../../subgraphs/favorite/cached-store.ts'
import { FavoriteStore } from '../../subgraphs/favorite/store.ts'
import { CachedVideos } from '../../subgraphs/publish/cached-store.ts'
import { PublishStore } from '../../subgraphs/publish/store.ts'
import { CachedUsers } from '../../subgraphs/user/cached-store.ts'
import { UserStore } from '../../subgraphs/user/store.ts'
import type { Check, Report } from '../check.ts'
import { chunkSize, type Row } from '../keyset.ts'

/** Reads the same keys twice. */
interface Sides<Key> {
  readonly what: string
  readonly keys: readonly Key[]
  cached(keys: readonly Key[]): Promise<readonly unknown[]>
  stored(keys: readonly Key[]): Promise<readonly unknown[]>
  drop(keys: readonly Key[]): Promise<void>
}

/** What a cache answers is what the database holds, for some of the newest users, videos and likes. */
export const cachedValues: Check = {
  name: 'the cache agrees with the database (a sample)',
  async run({ db, cache }, report) {
    if (!cache) return
    const newest = async (table: string): Promise<Row[]> =>
      db.selectFrom(table).select('id').orderBy('id', 'desc').limit(chunkSize).execute()

    const userStore = new UserStore(db)
    const users = new CachedUsers(userStore, cache)
    const userIds = (await newest('user')).map(({ id }) => Number(id))
    await compare(report, {
      what: 'user',
      keys: userIds,
      cached: (ids) => users.byId(ids),
      stored: (ids) => userStore.byId(ids),
      drop: (ids) => users.invalidate(ids),
    })

    const publishStore = new PublishStore(db)
    const videos = new CachedVideos(publishStore, cache)
    await compare(report, {
      what: 'video',
      keys: (await newest('video')).map(({ id }) => Number(id)),
      cached: (ids) => videos.byIds(ids),
      stored: (ids) => publishStore.byIds(ids),
      drop: (ids) => videos.invalidate(ids),
    })

    const favoriteStore = new FavoriteStore(db)
    const likes = new CachedLikes(favoriteStore, cache)
    const liked =
      userIds.length === 0
        ? []
        : await db
            .selectFrom('favorite')
            .select(['user_id', 'video_id'])
            .where('user_id', 'in', userIds)
            .limit(chunkSize)
            .execute()
    for (const [userId, of] of Map.groupBy(liked, (row) => Number(row.user_id)))
      await compare(report, {
        what: `like of user ${userId} for video`,
        keys: of.map((row) => Number(row.video_id)),
        cached: (ids) => likes.likedBy(userId, ids),
        stored: (ids) => favoriteStore.likedBy(userId, ids),
        drop: (ids) => likes.invalidate(ids.map((video_id) => ({ user_id: userId, video_id }))),
      })
  },
}

/** How often what differs is read again: it may have been changed between the two reads. */
const rounds = 3

async function compare<Key>(report: Report, { what, keys, cached, stored, drop }: Sides<Key>): Promise<void> {
  report.looked(keys.length)
  let differing = keys
  for (let round = 0; round < rounds && differing.length > 0; round++) {
    const [fromCache, fromDatabase] = [await cached(differing), await stored(differing)]
    differing = differing.filter((_, n) => !isDeepStrictEqual(fromCache[n], fromDatabase[n]))
  }
  for (const key of differing) await report.finding(`${what} ${key} is another in the cache`, () => drop([key]))
}
