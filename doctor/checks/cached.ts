import { isDeepStrictEqual } from 'node:util'
import type { Cache } from '../../kit/cache/cache.ts'
import type { Database } from '../../kit/database/database.ts'
import { CachedCommentCounts } from '../../subgraphs/comment/cached-store.ts'
import { CommentStore } from '../../subgraphs/comment/store.ts'
import { CachedFavorites } from '../../subgraphs/favorite/cached-store.ts'
import { FavoriteStore } from '../../subgraphs/favorite/store.ts'
import { CachedVideos } from '../../subgraphs/publish/cached-store.ts'
import { PublishStore } from '../../subgraphs/publish/store.ts'
import { CachedRelations } from '../../subgraphs/relation/cached-store.ts'
import { RelationStore } from '../../subgraphs/relation/store.ts'
import { CachedUsers } from '../../subgraphs/user/cached-store.ts'
import { UserStore } from '../../subgraphs/user/store.ts'
import type { Check, Report, World } from '../check.ts'
import { chunkSize } from '../keyset.ts'

/** Reads the same keys twice. */
interface Sides<Key> {
  readonly what: string
  readonly keys: readonly Key[]
  cached(keys: readonly Key[]): Promise<readonly unknown[]>
  stored(keys: readonly Key[]): Promise<readonly unknown[]>
  drop(key: Key): Promise<void>
}

/** What a cache answers is what the database holds, for some of the newest users, videos and likes. */
export const cachedValues: Check = {
  name: 'the cache agrees with the database (a sample)',
  async run({ db, cache }, report) {
    if (!cache) return
    const newest = async (table: string): Promise<number[]> =>
      (await db.selectFrom(table).select('id').orderBy('id', 'desc').limit(chunkSize).execute()).map(({ id }) =>
        Number(id),
      )
    const [users, videos] = [await newest('user'), await newest('video')]
    for (const side of [...ofUsers(db, cache, users), ...ofVideos(db, cache, videos)]) await compare(report, side)
    for (const side of await ofLikes(db, cache, users)) await compare(report, side)
  },
}

/** Has all that is cached of a user or a video read anew: for repairs, which no subgraph hears of. */
export async function dropCached({ db, cache }: World, of: 'user' | 'video', key: number): Promise<void> {
  if (!cache) return
  const sides = of === 'user' ? ofUsers(db, cache, [key]) : ofVideos(db, cache, [key])
  await Promise.all(sides.map(({ drop }) => drop(key)))
}

function ofUsers(db: Database, cache: Cache, keys: readonly number[]): Sides<number>[] {
  const store = { user: new UserStore(db), publish: new PublishStore(db), relation: new RelationStore(db) }
  const favorite = new FavoriteStore(db)
  const users = new CachedUsers(store.user, cache)
  const works = new CachedVideos(store.publish, cache)
  const follows = new CachedRelations(store.relation, cache)
  const likes = new CachedFavorites(favorite, cache)
  return [
    {
      ...{ what: 'user', keys, cached: (ids) => users.byId(ids), stored: (ids) => store.user.byId(ids) },
      drop: (id) => users.invalidate([id]),
    },
    {
      ...{ what: 'count of works of user', keys },
      cached: (ids) => works.workCountByUser(ids),
      stored: (ids) => store.publish.workCountByUser(ids),
      drop: (author_id) => works.invalidate([{ author_id }]),
    },
    {
      ...{ what: 'counts of follows of user', keys },
      cached: (ids) => follows.countsByUser(ids),
      stored: (ids) => store.relation.countsByUser(ids),
      drop: (id) => follows.invalidate([{ user_id: id, target_id: id }]),
    },
    {
      ...{ what: 'counts of likes of user', keys },
      cached: (ids) => likes.countsByUser(ids),
      stored: (ids) => favorite.countsByUser(ids),
      drop: (id) => likes.invalidate([{ user_id: id, author_id: id, video_id: 0 }]),
    },
  ]
}

function ofVideos(db: Database, cache: Cache, keys: readonly number[]): Sides<number>[] {
  const store = { publish: new PublishStore(db), comment: new CommentStore(db), favorite: new FavoriteStore(db) }
  const videos = new CachedVideos(store.publish, cache)
  const comments = new CachedCommentCounts(store.comment, cache)
  const likes = new CachedFavorites(store.favorite, cache)
  return [
    {
      ...{ what: 'video', keys, cached: (ids) => videos.byIds(ids), stored: (ids) => store.publish.byIds(ids) },
      drop: (id) => videos.invalidate([{ id, author_id: 0 }]),
    },
    {
      ...{ what: 'count of comments on video', keys },
      cached: (ids) => comments.countByVideo(ids),
      stored: (ids) => store.comment.countByVideo(ids),
      drop: (id) => comments.invalidate([id]),
    },
    {
      ...{ what: 'count of likes of video', keys },
      cached: (ids) => likes.countByVideo(ids),
      stored: (ids) => store.favorite.countByVideo(ids),
      drop: (id) => likes.invalidate([{ user_id: 0, author_id: 0, video_id: id }]),
    },
  ]
}

/** Of some of these users. */
async function ofLikes(db: Database, cache: Cache, users: readonly number[]): Promise<Sides<number>[]> {
  if (users.length === 0) return []
  const store = new FavoriteStore(db)
  const likes = new CachedFavorites(store, cache)
  const liked = await db
    .selectFrom('favorite')
    .select(['user_id', 'video_id'])
    .where('user_id', 'in', users)
    .limit(chunkSize)
    .execute()
  return [...Map.groupBy(liked, (row) => Number(row.user_id))].map(([user_id, of]) => ({
    what: `like of user ${user_id} for video`,
    keys: of.map((row) => Number(row.video_id)),
    cached: (ids) => likes.likedBy(user_id, ids),
    stored: (ids) => store.likedBy(user_id, ids),
    drop: (video_id) => likes.invalidate([{ user_id, video_id, author_id: user_id }]),
  }))
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
  for (const key of differing) await report.finding(`${what} ${key} is another in the cache`, () => drop(key))
}
