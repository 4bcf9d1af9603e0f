import { z } from 'zod'
import { wholeNumber } from './whole-number.ts'

/** The parameters of the 16 endpoints, each checked only for what GraphQL can't carry; what a name or a text may be is the graph's to say. */

const id = (description: string) =>
  z
    .string()
    .transform((text, context) => {
      const value = wholeNumber(text)
      if (value !== undefined && value > 0) return String(value)
      context.addIssue('has to be a whole number of 1 to 2^53-1')
      return z.NEVER
    })
    .meta({ type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description })

const text = (description: string) => z.string().meta({ description })

const action = <const Numbers extends readonly number[]>(numbers: Numbers, description: string) =>
  z
    .string()
    .transform((text, context): Numbers[number] => {
      const value = wholeNumber(text)
      const number = numbers.find((known) => known === value)
      if (number !== undefined) return number
      context.addIssue(`has to be one of ${numbers.join(', ')}`)
      return z.NEVER
    })
    .meta({ type: 'integer', enum: [...numbers], description })

const lenientTime = (description: string) => z.string().optional().meta({ type: 'integer', description })

export const feedParams = z.object({
  latest_time: lenientTime('只返回早于该时间的视频；毫秒，也接受秒；缺省、0 或无效时为当前时间'),
})
export const credentials = z.object({
  username: text('用户名，1 至 32 个可见字符'),
  password: text('密码，1 至 32 个字符'),
})
export const ofUser = z.object({ user_id: id('用户编号；缺省为 token 的用户').optional() })
export const publishParams = z.object({ title: text('标题，1 至 200 个字') })
export const favoriteParams = z.object({ video_id: id('视频编号'), action_type: action([1, 2], '1 点赞，2 取消点赞') })
export const commentParams = z.object({
  video_id: id('视频编号'),
  action_type: action([1, 2], '1 发表评论，2 删除评论'),
  comment_text: text('评论内容，action_type 为 1 时必填').optional(),
  comment_id: id('评论编号，action_type 为 2 时必填').optional(),
})
export const ofVideo = z.object({ video_id: id('视频编号') })
export const relationParams = z.object({
  to_user_id: id('对方用户编号'),
  action_type: action([1, 2], '1 关注，2 取消关注'),
})
export const chatParams = z.object({
  to_user_id: id('对方用户编号'),
  pre_msg_time: lenientTime('只返回晚于该时间的消息；毫秒，也接受秒；缺省或 0 时返回全部'),
})
export const messageParams = z.object({
  to_user_id: id('对方用户编号'),
  action_type: action([1], '1 发送消息'),
  content: text('消息内容，1 至 1000 个字'),
})
