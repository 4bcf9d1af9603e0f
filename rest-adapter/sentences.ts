import { type AppError, catalogue } from '../kit/errors.ts'

/** What to say about a fault whose subject is known; the subject is a type or argument of the graph, or a parameter. */
const known: Partial<Record<AppError['code'], Readonly<Record<string, string>>>> = {
  BAD_USER_INPUT: {
    name: '用户名须为 1 至 32 个可见字符',
    username: '请输入用户名',
    password: '密码须为 1 至 32 个字符',
    title: '标题须为 1 至 200 个字',
    data: '请选择要上传的视频文件',
    file: '视频文件为空或不完整，请重新上传',
    text: '评论内容须为 1 至 1000 个字',
    comment_text: '请输入评论内容',
    content: '消息内容须为 1 至 1000 个字',
    action_type: '不支持的操作类型',
    video_id: '视频编号不正确',
    comment_id: '评论编号不正确',
    user_id: '用户编号不正确',
    to_user_id: '用户编号不正确',
    userId: '不能关注自己',
    to: '不能给自己发消息',
    body: '请求内容格式不正确',
    method: '请求方法不正确',
  },
  FORBIDDEN: { Comment: '只能删除自己的评论' },
  NOT_FOUND: { User: '用户不存在', Video: '视频不存在', Comment: '评论不存在', path: '接口不存在' },
  ALREADY_EXISTS: { name: '用户名已存在' },
  LIMIT_EXCEEDED: { follows: '关注人数已达上限' },
  PAYLOAD_TOO_LARGE: { file: '视频文件过大', body: '请求内容过大' },
}

/** A sentence for the user, in Chinese. */
export function sentenceOf({ code, extensions }: AppError): string {
  const subject = extensions['subject']
  const sentences = known[code] ?? {}
  return typeof subject === 'string' && Object.hasOwn(sentences, subject)
    ? (sentences[subject] ?? catalogue[code].zh)
    : catalogue[code].zh
}
