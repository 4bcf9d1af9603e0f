import { z } from 'zod'

/** What goes over the wire, key by key; every key is always there. Tests hold real answers against it. */

const id = z.int().min(0).meta({ description: '编号' })
const count = z.int().min(0)
const address = z.string().meta({ description: '完整地址' })

export const User = z
  .strictObject({
    id,
    name: z.string(),
    follow_count: count,
    follower_count: count,
    is_follow: z.boolean().meta({ description: '当前用户是否已关注' }),
    avatar: address,
    background_image: address,
    signature: z.string(),
    total_favorited: count.meta({ description: '获赞总数' }),
    work_count: count,
    favorite_count: count,
  })
  .meta({ id: 'User' })

export const FriendUser = User.extend({
  message: z.string().meta({ description: '与该好友最新的一条消息' }),
  msgType: z.union([z.literal(0), z.literal(1)]).meta({ description: '0 收到的消息，1 发出的消息' }),
}).meta({ id: 'FriendUser' })

export const Video = z
  .strictObject({
    id,
    author: User,
    play_url: address,
    cover_url: address,
    favorite_count: count,
    comment_count: count,
    is_favorite: z.boolean().meta({ description: '当前用户是否已点赞' }),
    title: z.string(),
  })
  .meta({ id: 'Video' })

export const Comment = z
  .strictObject({
    id,
    user: User,
    content: z.string(),
    create_date: z.string().meta({ description: '月-日（北京时间），如 01-31' }),
  })
  .meta({ id: 'Comment' })

export const Message = z
  .strictObject({
    id,
    to_user_id: id,
    from_user_id: id,
    content: z.string(),
    create_time: z.string().meta({ description: '毫秒时间戳，字符串' }),
  })
  .meta({ id: 'Message' })

const reply = <const Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject({
    status_code: z.int().meta({ description: '0 成功，其他值失败' }),
    status_msg: z.string().meta({ description: '可直接展示的说明' }),
    ...shape,
  })

export const Status = reply({})
export const FeedReply = reply({
  next_time: z.int().meta({ description: '下一页的 latest_time，毫秒' }),
  video_list: z.array(Video),
})
export const SessionReply = reply({ user_id: id, token: z.string() })
export const UserReply = reply({ user: User })
export const VideoListReply = reply({ video_list: z.array(Video) })
export const CommentReply = reply({ comment: Comment.optional().meta({ description: '发表评论成功时返回' }) })
export const CommentListReply = reply({ comment_list: z.array(Comment) })
export const UserListReply = reply({ user_list: z.array(User) })
export const FriendListReply = reply({ user_list: z.array(FriendUser) })
export const MessageListReply = reply({ message_list: z.array(Message) })
