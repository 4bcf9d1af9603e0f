import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { catalogue, codeOf, type ErrorCode } from '../kit/errors.ts'

const byStatus: Record<number, ErrorCode> = { 400: 'BAD_USER_INPUT', 404: 'NOT_FOUND', 413: 'PAYLOAD_TOO_LARGE' }

/** Answers `{"error":{"code","message"}}`; what is not in the catalogue is logged, and told as an internal error. */
export function replyError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = codeOf(error)
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
  const code = known ?? byStatus[status] ?? 'INTERNAL_SERVER_ERROR'
  const { http, zh } = catalogue[code]
  if (http >= 500) request.log.error({ err: error }, 'media request failed')
  const message = known ? error.message : code === 'INTERNAL_SERVER_ERROR' ? 'internal server error' : zh
  reply.code(http).type('application/json; charset=utf-8').header('cache-control', 'no-store')
  return reply.send({ error: { code, message } })
}
