import type { FastifyReply, FastifyRequest } from 'fastify'
import { errors } from '../kit/errors.ts'
import { failure } from './reply.ts'

/**
 * For the server's `frameworkErrors`: a path that can't be decoded, such as `/douyin/%zz`, is refused before any plugin
 * sees it. Answers in the old app's way when the path is one of ours.
 */
export function answerBadUrl(error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (!/^\/+douyin(\/|$)/.test(request.url)) return reply.send(error)
  return reply
    .code(200)
    .type('application/json; charset=utf-8')
    .send(failure(errors.notFound('path', 'that can be read')))
}
