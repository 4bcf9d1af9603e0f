import type { Claim } from '../../kit/database/claims.ts'

/** A comment that stands. Its id is its creation time and its place in the video's list. */
export interface CommentRow {
  video_id: number
  id: number
  author_id: number
  /** Exactly as written. */
  text: string
}

export interface CommentTables {
  comment: CommentRow
  /** In slots, so that processes that count for the same hot video use different rows. The count is their sum. */
  comment_count_of_video: { video_id: number; slot: number; count: number }
  /** Which comment a client's name for it led to: a retry finds the first one. Outlives the comment. */
  comment_request: Claim & { video_id: number }
  /** What an author took away, without the text: tells a repeated deletion from one of a comment that never was. */
  comment_deletion: Omit<CommentRow, 'text'>
  /** Videos that were deleted: a comment that was on its way must not outlive them. */
  comment_deleted_video: { video_id: number }
}
