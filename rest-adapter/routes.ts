import type { z } from 'zod'
import * as fields from './fields.ts'
import type { Graph } from './graph.ts'
import { feedMoment, toDateTime } from './moment.ts'
import type { OperationName } from './operations.ts'
import type { Params } from './params.ts'
import * as reply from './reply.ts'
import { replyKinds as kinds, type ReplyKind } from './reply-kinds.ts'
import { ask, byAction, chat, commentList, given, type Occasion, publish, type Step, user, userList } from './steps.ts'

/** One of the old endpoints, with its types rubbed out so that one handler and one document generator can serve them all. */
export interface Route extends Row {
  readonly operations: readonly OperationName[]
  /** @returns the body of the reply. @throws a fault of the catalogue */
  run(graph: Graph, params: Params, occasion: Occasion): Promise<object>
}

interface Row {
  readonly method: 'GET' | 'POST'
  readonly path: `/douyin/${string}/`
  readonly summary: string
  /** `optional`: a token that is no good is as good as none. */
  readonly token: 'none' | 'optional' | 'required'
  /** Whether a file comes with it, in the multipart field `data`. */
  readonly file?: true
  readonly params: z.ZodObject
  readonly reply: ReplyKind
}

const route = <Fields extends z.ZodObject>(
  row: Row & { readonly params: Fields },
  { operations, run }: Step<z.output<Fields>>,
): Route => ({
  ...row,
  operations,
  run: (graph, params, occasion) => run(graph, params.read(row.params), occasion),
})

const credentials = (from: z.output<typeof fields.credentials>) => ({ name: from.username, password: from.password })
type CommentParams = z.output<typeof fields.commentParams>
const videoOf = (from: { video_id: string }) => ({ videoId: from.video_id })
const userOf = (from: { to_user_id: string }) => ({ userId: from.to_user_id })
const feedOf = (from: z.output<typeof fields.feedParams>, { now }: Occasion) => {
  const before = feedMoment(from.latest_time, now)
  return { publishedBefore: before === undefined ? null : toDateTime(before) }
}

/** The 16 endpoints, in the order of the old router. */
export const routes: readonly Route[] = [
  route(
    {
      method: 'GET',
      path: '/douyin/feed/',
      summary: '视频流，最新的在前，每页最多 30 个',
      token: 'optional',
      params: fields.feedParams,
      reply: kinds.feed,
    },
    ask('Feed', feedOf, (data, { now }) => reply.feedBody(data, now)),
  ),
  route(
    {
      method: 'POST',
      path: '/douyin/user/register/',
      summary: '注册并登录',
      token: 'none',
      params: fields.credentials,
      reply: kinds.session,
    },
    ask('Register', credentials, ({ register }) => reply.sessionBody(register)),
  ),
  route(
    {
      method: 'POST',
      path: '/douyin/user/login/',
      summary: '登录',
      token: 'none',
      params: fields.credentials,
      reply: kinds.session,
    },
    ask('Login', credentials, ({ login }) => reply.sessionBody(login)),
  ),
  route(
    {
      method: 'GET',
      path: '/douyin/user/',
      summary: '用户信息',
      token: 'required',
      params: fields.ofUser,
      reply: kinds.user,
    },
    user(reply.userBody),
  ),
  route(
    {
      method: 'POST',
      path: '/douyin/publish/action/',
      summary: '发布视频',
      token: 'required',
      file: true,
      params: fields.publishParams,
      reply: kinds.status,
    },
    publish,
  ),
  route(
    {
      method: 'GET',
      path: '/douyin/publish/list/',
      summary: '用户发布的视频，最新的在前',
      token: 'optional',
      params: fields.ofUser,
      reply: kinds.videos,
    },
    userList('UserVideos', (owner) => owner.videos, reply.videoListBody),
  ),
  route(
    {
      method: 'POST',
      path: '/douyin/favorite/action/',
      summary: '点赞或取消点赞，可重复调用',
      token: 'required',
      params: fields.favoriteParams,
      reply: kinds.status,
    },
    byAction({ 1: ask('FavoriteVideo', videoOf), 2: ask('UnfavoriteVideo', videoOf) }),
  ),
  route(
    {
      method: 'GET',
      path: '/douyin/favorite/list/',
      summary: '用户点赞的视频，最近点赞的在前',
      token: 'optional',
      params: fields.ofUser,
      reply: kinds.videos,
    },
    userList('UserFavorites', (owner) => owner.favorites, reply.videoListBody),
  ),
  route(
    {
      method: 'POST',
      path: '/douyin/comment/action/',
      summary: '发表评论或删除自己的评论',
      token: 'required',
      params: fields.commentParams,
      reply: kinds.comment,
    },
    byAction({
      1: ask(
        'PostComment',
        (from: CommentParams) => ({ videoId: from.video_id, text: given(from.comment_text, 'comment_text') }),
        ({ postComment }) => reply.commentBody(postComment.comment),
      ),
      2: ask('DeleteComment', (from: CommentParams) => ({
        videoId: from.video_id,
        commentId: given(from.comment_id, 'comment_id'),
      })),
    }),
  ),
  route(
    {
      method: 'GET',
      path: '/douyin/comment/list/',
      summary: '视频的评论，最新的在前',
      token: 'optional',
      params: fields.ofVideo,
      reply: kinds.comments,
    },
    commentList(reply.commentListBody),
  ),
  route(
    {
      method: 'POST',
      path: '/douyin/relation/action/',
      summary: '关注或取消关注，可重复调用',
      token: 'required',
      params: fields.relationParams,
      reply: kinds.status,
    },
    byAction({ 1: ask('FollowUser', userOf), 2: ask('UnfollowUser', userOf) }),
  ),
  route(
    {
      method: 'GET',
      path: '/douyin/relation/follow/list/',
      summary: '用户关注的人',
      token: 'optional',
      params: fields.ofUser,
      reply: kinds.users,
    },
    userList('Following', (owner) => owner.following, reply.userListBody),
  ),
  route(
    {
      method: 'GET',
      path: '/douyin/relation/follower/list/',
      summary: '关注用户的人',
      token: 'optional',
      params: fields.ofUser,
      reply: kinds.users,
    },
    userList('Followers', (owner) => owner.followers, reply.userListBody),
  ),
  route(
    {
      method: 'GET',
      path: '/douyin/relation/friend/list/',
      summary: '互相关注的好友，附最新一条消息',
      token: 'required',
      params: fields.ofUser,
      reply: kinds.friends,
    },
    userList('Friends', (owner) => owner.friends, reply.friendListBody),
  ),
  route(
    {
      method: 'GET',
      path: '/douyin/message/chat/',
      summary: '聊天记录，最早的在前；带 pre_msg_time 时只返回对方的新消息',
      token: 'required',
      params: fields.chatParams,
      reply: kinds.messages,
    },
    chat,
  ),
  route(
    {
      method: 'POST',
      path: '/douyin/message/action/',
      summary: '发送消息',
      token: 'required',
      params: fields.messageParams,
      reply: kinds.status,
    },
    ask('SendMessage', (from) => ({ to: from.to_user_id, content: from.content })),
  ),
]
