import { GraphQLError } from 'graphql'

/**
 * Every error of ours that a client may see; faults of a request that is no GraphQL have codes of the protocol. `legacy` is
 * the number the 16 old endpoints send as `status_code`, `zh` the text they show when nothing more specific is known about
 * the subject; `http` is the status of plain HTTP routes (media, probes); `retryable` tells a client that the same request
 * may succeed later without being changed.
 */
export const catalogue = {
  BAD_USER_INPUT: { http: 400, legacy: 10001, retryable: false, zh: '参数错误' },
  UNAUTHENTICATED: { http: 401, legacy: 10002, retryable: false, zh: '请先登录' },
  WRONG_CREDENTIALS: { http: 401, legacy: 10003, retryable: false, zh: '用户名或密码错误' },
  FORBIDDEN: { http: 403, legacy: 10004, retryable: false, zh: '没有权限' },
  NOT_FOUND: { http: 404, legacy: 10005, retryable: false, zh: '内容不存在' },
  ALREADY_EXISTS: { http: 409, legacy: 10006, retryable: false, zh: '内容已存在' },
  PAYLOAD_TOO_LARGE: { http: 413, legacy: 10007, retryable: false, zh: '文件过大' },
  UNSUPPORTED_MEDIA: { http: 415, legacy: 10008, retryable: false, zh: '不是有效的视频文件' },
  LIMIT_EXCEEDED: { http: 400, legacy: 10009, retryable: false, zh: '请求超出限制' },
  TOO_MANY_REQUESTS: { http: 429, legacy: 10010, retryable: true, zh: '操作过于频繁，请稍后再试' },
  UNAVAILABLE: { http: 503, legacy: 10011, retryable: true, zh: '服务暂时不可用，请稍后再试' },
  TIMEOUT: { http: 504, legacy: 10012, retryable: true, zh: '请求超时，请稍后再试' },
  INTERNAL_SERVER_ERROR: { http: 500, legacy: 10500, retryable: false, zh: '服务器内部错误' },
} as const

export type ErrorCode = keyof typeof catalogue

/** An error that is meant for the client: its message and `subject` may be shown as they are. */
export class AppError extends GraphQLError {
  readonly code: ErrorCode

  /** @param subject the type or field that the error is about, such as `Video` or `content`; clients may switch on it */
  constructor(code: ErrorCode, message: string, subject?: string, options: { cause?: unknown } = {}) {
    super(message, {
      extensions: { code, retryable: catalogue[code].retryable, ...(subject === undefined ? {} : { subject }) },
      ...(options.cause instanceof Error ? { originalError: options.cause } : {}),
    })
    this.name = 'AppError'
    this.code = code
  }
}

/** The only way to make an {@link AppError}: one short function for each kind of fault. */
export const errors = {
  invalid: (field: string, why: string) => new AppError('BAD_USER_INPUT', `${field}: ${why}`, field),
  unauthenticated: (why = 'a valid token is needed') => new AppError('UNAUTHENTICATED', why),
  wrongCredentials: () => new AppError('WRONG_CREDENTIALS', 'unknown name or wrong password'),
  forbidden: (why: string, subject?: string) => new AppError('FORBIDDEN', why, subject),
  notFound: (subject: string, key: string | number) => new AppError('NOT_FOUND', `no ${subject} ${key}`, subject),
  alreadyExists: (subject: string, why: string) => new AppError('ALREADY_EXISTS', why, subject),
  tooLarge: (subject: string, limit: number) =>
    new AppError('PAYLOAD_TOO_LARGE', `${subject} is larger than ${limit} bytes`, subject),
  unsupportedMedia: (why: string, cause?: unknown) => new AppError('UNSUPPORTED_MEDIA', why, 'file', { cause }),
  limitExceeded: (what: string, limit: number) =>
    new AppError('LIMIT_EXCEEDED', `${what} is more than the limit of ${limit}`, what),
  tooManyRequests: (what: string) => new AppError('TOO_MANY_REQUESTS', `too many requests: ${what}`, what),
  unavailable: (what: string, cause?: unknown) =>
    new AppError('UNAVAILABLE', `${what} is not available now`, what, { cause }),
  timeout: (what: string) => new AppError('TIMEOUT', `${what} did not answer in time`, what),
}

/** Narrows by code rather than by class: an error that crossed a process boundary is a plain GraphQLError. */
export const codeOf = (error: unknown): ErrorCode | undefined => {
  const code = error instanceof GraphQLError ? error.extensions['code'] : undefined
  return typeof code === 'string' && Object.hasOwn(catalogue, code) ? (code as ErrorCode) : undefined
}
