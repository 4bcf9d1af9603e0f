import type { z } from 'zod'
import { type AppError, catalogue } from '../kit/errors.ts'
import { monthAndDay, toMilliseconds } from './moment.ts'
import type {
  FeedQuery,
  LegacyCommentFragment,
  LegacyFriendFragment,
  LegacyMessageFragment,
  LegacyUserFragment,
  LegacyVideoFragment,
} from './operations.generated.ts'
import { sentenceOf } from './sentences.ts'
import type * as Shapes from './shapes.ts'

type Wire<Shape extends z.ZodType> = z.output<Shape>
/** What an endpoint says besides whether it went well. */
type Body<Shape extends z.ZodType> = Omit<Wire<Shape>, 'status_code' | 'status_msg'>

/** A list with holes: null stands where something could not be read, and is left out. */
type Nodes<Node> = ReadonlyArray<Node | null>

/**
 * The text of an answer that went well. Its message is escaped: with one letter beyond Latin-1, V8 would keep all of a page
 * in twice the space, and take half as long again to write it.
 */
export function success(body: object): string {
  const text = JSON.stringify(body)
  return text === '{}' ? `${succeeded}}` : `${succeeded},${text.slice(1)}`
}
const succeeded = '{"status_code":0,"status_msg":"\\u6210\\u529f"' // 成功

/** @param body what this endpoint sends beside the status, so that no client misses a key */
export const failure = (fault: AppError, body: object = {}) => ({
  status_code: catalogue[fault.code].legacy,
  status_msg: sentenceOf(fault),
  ...body,
})

/** A part of the graph that does not answer leaves nulls: the old app is told 0 and false instead. */
const user = (from: LegacyUserFragment | null): Wire<typeof Shapes.User> => ({
  id: Number(from?.id ?? 0),
  name: from?.name ?? '',
  follow_count: from?.followCount ?? 0,
  follower_count: from?.followerCount ?? 0,
  is_follow: from?.isFollow ?? false,
  avatar: from?.avatar ?? '',
  background_image: from?.backgroundImage ?? '',
  signature: from?.signature ?? '',
  total_favorited: from?.totalFavorited ?? 0,
  work_count: from?.workCount ?? 0,
  favorite_count: from?.favoriteCount ?? 0,
})

/** The latest message was received exactly when the friend is who sent it. */
const friend = (from: LegacyFriendFragment): Wire<typeof Shapes.FriendUser> => ({
  ...user(from),
  message: from.latestMessage?.content ?? '',
  msgType: from.latestMessage?.sender != null && from.latestMessage.sender.id !== from.id ? 1 : 0,
})

const video = (from: LegacyVideoFragment): Wire<typeof Shapes.Video> => ({
  id: Number(from.id),
  author: user(from.author),
  play_url: from.playUrl,
  cover_url: from.coverUrl,
  favorite_count: from.favoriteCount ?? 0,
  comment_count: from.commentCount ?? 0,
  is_favorite: from.isFavorite ?? false,
  title: from.title,
})

const comment = (from: LegacyCommentFragment): Wire<typeof Shapes.Comment> => ({
  id: Number(from.id),
  user: user(from.author),
  content: from.text,
  create_date: monthAndDay(from.createdAt),
})

const message = (from: LegacyMessageFragment): Wire<typeof Shapes.Message> => ({
  id: Number(from.id),
  to_user_id: Number(from.recipient?.id ?? 0),
  from_user_id: Number(from.sender?.id ?? 0),
  content: from.content,
  create_time: String(toMilliseconds(from.sentAt)),
})

const each = <Node, Result>(nodes: Nodes<Node>, to: (node: Node) => Result): Result[] =>
  nodes.flatMap((node) => (node === null ? [] : [to(node)]))

/** @param now milliseconds: after the oldest video the next page begins at the newest again, so the app never runs dry */
export const feedBody = ({ feed }: FeedQuery, now: number): Body<typeof Shapes.FeedReply> => ({
  next_time: feed.resumeBefore === null ? now : toMilliseconds(feed.resumeBefore),
  video_list: each(feed.nodes, video),
})

export const sessionBody = (session: { token: string; user: { id: string } }): Body<typeof Shapes.SessionReply> => ({
  user_id: Number(session.user.id),
  token: session.token,
})

export const userBody = (from: LegacyUserFragment | null): Body<typeof Shapes.UserReply> => ({ user: user(from) })

export const videoListBody = (nodes: Nodes<LegacyVideoFragment>): Body<typeof Shapes.VideoListReply> => ({
  video_list: each(nodes, video),
})

export const commentBody = (from: LegacyCommentFragment): Body<typeof Shapes.CommentReply> => ({
  comment: comment(from),
})

export const commentListBody = (nodes: Nodes<LegacyCommentFragment>): Body<typeof Shapes.CommentListReply> => ({
  comment_list: each(nodes, comment),
})

export const userListBody = (nodes: Nodes<LegacyUserFragment>): Body<typeof Shapes.UserListReply> => ({
  user_list: each(nodes, user),
})

export const friendListBody = (nodes: Nodes<LegacyFriendFragment>): Body<typeof Shapes.FriendListReply> => ({
  user_list: each(nodes, friend),
})

export const messageListBody = (nodes: Nodes<LegacyMessageFragment>): Body<typeof Shapes.MessageListReply> => ({
  message_list: each(nodes, message),
})
