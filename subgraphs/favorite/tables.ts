/** A like. The row is the truth; every count is kept in step with it by the same transaction. */
export interface FavoriteRow {
  user_id: number
  video_id: number
  /** The video's author, so that its total can be counted without asking the publish service. */
  author_id: number
  /** Made when the like was: the order of a user's list. */
  id: number
}

/**
 * A counter in slots: processes that count for the same hot video use different rows, so that they don't wait for each
 * other's transactions. The count is the sum over the slots.
 */
interface SlotCounter {
  slot: number
  count: number
}

export interface FavoriteTables {
  favorite: FavoriteRow
  favorite_count_of_video: SlotCounter & { video_id: number }
  favorite_count_of_author: SlotCounter & { author_id: number }
  favorite_count_of_user: { user_id: number; count: number }
  /** Videos that were deleted: a like that was on its way must not outlive them. */
  favorite_deleted_video: { video_id: number }
}
