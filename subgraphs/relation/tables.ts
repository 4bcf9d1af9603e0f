/** Whom a user follows. The row is the truth of a follow; everything else is kept in step by the same transaction. */
export interface FollowingRow {
  user_id: number
  target_id: number
  /** Made when the follow was: the order of a user's list. */
  id: number
}

/** Who follows whom. */
export type Pair = Pick<FollowingRow, 'user_id' | 'target_id'>

/** The same follow seen from the other side, so that a user's followers lie together on the user's shard. */
export interface FollowerRow {
  user_id: number
  follower_id: number
  id: number
}

export interface RelationTables {
  following: FollowingRow
  follower: FollowerRow
  /** Whom a user follows, counted. Only the user itself moves it. */
  follow_count: { user_id: number; count: number }
  /**
   * Who follows a user, counted in slots: processes that count for the same star use different rows, so that they don't
   * wait for each other's transactions. The count is the sum over the slots.
   */
  follower_count: { user_id: number; slot: number; count: number }
}
