import { type Kysely, sql } from 'kysely'
import { inKeyOrder } from '../../kit/batch.ts'
import type { PageRequest } from '../../kit/connection.ts'
import { readCounters } from '../../kit/database/counter.ts'
import { hasRowLocks } from '../../kit/database/database.ts'
import type { RelationTables } from './tables.ts'

/** One user in a list, with the key of its place in it. */
export interface Listed {
  readonly id: number
  readonly user_id: number
}

/** How many users somebody follows, and is followed by. */
export interface FollowCounts {
  readonly following: number
  readonly followers: number
}

/** The lookups that nearly every request makes; few, so that a cache can stand in their place. In the order of the ids. */
export interface RelationLookups {
  countsByUser(userIds: readonly number[]): Promise<FollowCounts[]>
  /** Whether a user follows each of these. */
  followedBy(userId: number, targetIds: readonly number[]): Promise<boolean[]>
  /** The same of one key, where that needs no asking; undefined where it does. */
  readonly atHand?: {
    countsByUser(userId: number): FollowCounts | undefined
    followedBy(userId: number, targetId: number): boolean | undefined
  }
}

/** The same, and what a cache needs besides. */
export interface CacheableRelations extends RelationLookups {
  targetsOf(userId: number, limit: number): Promise<number[]>
}

/** Every read of follows and their counts. Batches come back in the order of their keys. */
export class RelationStore implements CacheableRelations {
  readonly #db: Kysely<RelationTables>

  constructor(db: Kysely<RelationTables>) {
    this.#db = db
  }

  async countsByUser(userIds: readonly number[]): Promise<FollowCounts[]> {
    const [following, followers] = await Promise.all([
      readCounters(this.#db, 'follow_count', 'user_id', userIds),
      readCounters(this.#db, 'follower_count', 'user_id', userIds),
    ])
    return userIds.map((_, n) => ({ following: following[n] ?? 0, followers: followers[n] ?? 0 }))
  }

  async followedBy(userId: number, targetIds: readonly number[]): Promise<boolean[]> {
    const rows = await this.#db
      .selectFrom('following')
      .select('target_id')
      .where('user_id', '=', userId)
      .where('target_id', 'in', targetIds)
      .execute()
    return inKeyOrder(
      targetIds,
      rows,
      (row) => row.target_id,
      () => true,
      false,
    )
  }

  /** Up to `limit` users whom a user follows, in no order. */
  async targetsOf(userId: number, limit: number): Promise<number[]> {
    const rows = await this.#db
      .selectFrom('following')
      .select('target_id')
      .where('user_id', '=', userId)
      .limit(limit)
      .execute()
    return rows.map((row) => row.target_id)
  }

  async followersOf(userId: number, followerIds: readonly number[]): Promise<boolean[]> {
    const rows = await this.#db
      .selectFrom('follower')
      .select('follower_id')
      .where('user_id', '=', userId)
      .where('follower_id', 'in', followerIds)
      .execute()
    return inKeyOrder(
      followerIds,
      rows,
      (row) => row.follower_id,
      () => true,
      false,
    )
  }

  /** Whom a user follows, most recent first. */
  followingPage(userId: number, { after, limit }: PageRequest): Promise<Listed[]> {
    return this.#db
      .selectFrom('following')
      .select(['id', 'target_id as user_id'])
      .where('user_id', '=', userId)
      .$if(after !== undefined, (query) => query.where('id', '<', after as number)) // checked by the condition
      .orderBy('id', 'desc')
      .limit(limit)
      .execute()
  }

  /** Who follows a user, most recent first. */
  followersPage(userId: number, { after, limit }: PageRequest): Promise<Listed[]> {
    return this.#db
      .selectFrom('follower')
      .select(['id', 'follower_id as user_id'])
      .where('user_id', '=', userId)
      .$if(after !== undefined, (query) => query.where('id', '<', after as number)) // checked by the condition
      .orderBy('id', 'desc')
      .limit(limit)
      .execute()
  }

  /**
   * Whom a user follows and is followed by, in the order of {@link followingPage}. Both tables are on the user's shard.
   * Read in the list's order until the page is full; MariaDB would rather read and sort all followers of the user.
   */
  friendsPage(userId: number, { after, limit }: PageRequest): Promise<Listed[]> {
    return this.#db
      .selectFrom('following')
      .innerJoin('follower', (join) =>
        join
          .onRef('follower.user_id', '=', 'following.user_id')
          .onRef('follower.follower_id', '=', 'following.target_id'),
      )
      .$if(hasRowLocks(this.#db), (query) => query.modifyFront(sql`straight_join`))
      .select(['following.id', 'following.target_id as user_id'])
      .where('following.user_id', '=', userId)
      .$if(after !== undefined, (query) => query.where('following.id', '<', after as number)) // checked by the condition
      .orderBy('following.id', 'desc')
      .limit(limit)
      .execute()
  }
}
