import type { Kysely } from 'kysely'
import { inKeyOrder } from '../../kit/batch.ts'
import type { PageRequest } from '../../kit/connection.ts'
import { readCounters } from '../../kit/database/counter.ts'
import type { FavoriteTables } from './tables.ts'

/** Who likes which video, and whose it is. */
export interface Like {
  readonly user_id: number
  readonly video_id: number
  readonly author_id: number
}

/** Likes that a user gave, and that the user's videos got. */
export interface UserCounts {
  readonly given: number
  readonly got: number
}

/** The lookups of every page of videos; few, so that a cache can stand in their place. In the order of the keys. */
export interface FavoriteLookups {
  /** Whether a user likes each of these videos. */
  likedBy(userId: number, videoIds: readonly number[]): Promise<boolean[]>
  countByVideo(videoIds: readonly number[]): Promise<number[]>
  countsByUser(userIds: readonly number[]): Promise<UserCounts[]>
  /** The same of one key, where that needs no asking; undefined where it does. */
  readonly atHand?: {
    likedBy(userId: number, videoId: number): boolean | undefined
    countByVideo(videoId: number): number | undefined
    countsByUser(userId: number): UserCounts | undefined
  }
}

/** The same, and what a cache needs besides. */
export interface CacheableFavorites extends FavoriteLookups {
  videosLikedBy(userId: number, limit: number): Promise<number[]>
}

/** Every read of likes and their counts. Batches come back in the order of their keys. */
export class FavoriteStore implements CacheableFavorites {
  readonly #db: Kysely<FavoriteTables>

  constructor(db: Kysely<FavoriteTables>) {
    this.#db = db
  }

  countByVideo(videoIds: readonly number[]): Promise<number[]> {
    return readCounters(this.#db, 'favorite_count_of_video', 'video_id', videoIds)
  }

  async countsByUser(userIds: readonly number[]): Promise<UserCounts[]> {
    const [given, got] = await Promise.all([
      readCounters(this.#db, 'favorite_count_of_user', 'user_id', userIds),
      readCounters(this.#db, 'favorite_count_of_author', 'author_id', userIds),
    ])
    return userIds.map((_, n) => ({ given: given[n] ?? 0, got: got[n] ?? 0 }))
  }

  async likedBy(userId: number, videoIds: readonly number[]): Promise<boolean[]> {
    const rows = await this.#db
      .selectFrom('favorite')
      .select('video_id')
      .where('user_id', '=', userId)
      .where('video_id', 'in', videoIds)
      .execute()
    return inKeyOrder(
      videoIds,
      rows,
      (row) => row.video_id,
      () => true,
      false,
    )
  }

  /** Up to `limit` videos that a user likes, in no order. */
  async videosLikedBy(userId: number, limit: number): Promise<number[]> {
    const rows = await this.#db
      .selectFrom('favorite')
      .select('video_id')
      .where('user_id', '=', userId)
      .limit(limit)
      .execute()
    return rows.map((row) => row.video_id)
  }

  /** Whether its owner has deleted a video. */
  async isDeleted(videoId: number): Promise<boolean> {
    const row = await this.#db
      .selectFrom('favorite_deleted_video')
      .select('video_id')
      .where('video_id', '=', videoId)
      .executeTakeFirst()
    return row !== undefined
  }

  /** Likes of a user, most recent first. */
  async pageOfUser(userId: number, { after, limit }: PageRequest): Promise<{ id: number; video_id: number }[]> {
    return this.#db
      .selectFrom('favorite')
      .select(['id', 'video_id'])
      .where('user_id', '=', userId)
      .$if(after !== undefined, (query) => query.where('id', '<', after as number)) // checked by the condition
      .orderBy('id', 'desc')
      .limit(limit)
      .execute()
  }
}
