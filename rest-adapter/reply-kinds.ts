import type { z } from 'zod'
import { commentListBody, messageListBody, userBody, userListBody, videoListBody } from './reply.ts'
import * as shapes from './shapes.ts'

/** How an endpoint replies. */
export interface ReplyKind {
  /** Of a success. */
  readonly shape: z.ZodObject
  /** What a failure sends beside the status: the same keys, so that no client meets a missing list or token. */
  readonly empty: (now: number) => object
}

export const replyKinds = {
  status: { shape: shapes.Status, empty: () => ({}) },
  feed: { shape: shapes.FeedReply, empty: (now) => ({ next_time: now, ...videoListBody([]) }) },
  session: { shape: shapes.SessionReply, empty: () => ({ user_id: 0, token: '' }) },
  user: { shape: shapes.UserReply, empty: () => userBody(null) },
  videos: { shape: shapes.VideoListReply, empty: () => videoListBody([]) },
  comment: { shape: shapes.CommentReply, empty: () => ({}) },
  comments: { shape: shapes.CommentListReply, empty: () => commentListBody([]) },
  users: { shape: shapes.UserListReply, empty: () => userListBody([]) },
  friends: { shape: shapes.FriendListReply, empty: () => userListBody([]) },
  messages: { shape: shapes.MessageListReply, empty: () => messageListBody([]) },
} as const satisfies Record<string, ReplyKind>
