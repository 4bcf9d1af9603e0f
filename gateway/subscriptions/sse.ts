import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { GraphQLError } from 'graphql'
import { catalogue, codeOf, errors } from '../../kit/errors.ts'
import { bearerToken } from '../bearer.ts'
import { maskAll } from './answer.ts'
import type { Live } from './live.ts'
import type { OperationRequest } from './operations.ts'
import { Stream } from './stream.ts'

export interface StreamRouteOptions {
  readonly live: Live
  /** `http(s)://host[:port]` of a request. */
  readonly originOf: (request: FastifyRequest) => string
}

/**
 * `/graphql/stream`: server-sent events, one connection for each operation (graphql-sse, distinct connections mode), for
 * clients whose proxies let no WebSocket through. As that protocol wants it, faults of the operation come in the stream;
 * only who may not ask at all, or asks in no readable way, gets a plain HTTP error.
 */
export const streamRoute =
  ({ live, originOf }: StreamRouteOptions): FastifyPluginAsync =>
  async (app) => {
    app.setErrorHandler((error, request, reply) => refuse(reply, faultOf(error), request.id, live))
    app.route({
      method: ['GET', 'POST'],
      url: '/graphql/stream',
      bodyLimit: live.caps.messageBytes,
      handler: async (request, reply) => {
        const operation = operationOf(request)
        if (live.connections.closed) throw errors.unavailable('subscriptions')
        const token = bearerToken(request.headers.authorization)
        const session = token === null ? null : await live.sessions.viewerOf(token)
        const stream = new Stream(reply.raw, live)
        const refused = token !== null && session ? live.connections.identify(stream, token, session) : undefined
        if (refused) {
          stream.forget()
          throw errors.tooManyRequests(refused[1])
        }
        reply.hijack()
        stream.open(request.id)
        const asker = { viewer: session && { id: session.id }, origin: originOf(request), requestId: request.id }
        try {
          if (request.method === 'GET' && !live.operations.subscribes(operation))
            throw errors.invalid('method', 'GET is for subscriptions only')
          stream.started(live.operations.begin(operation, asker, stream))
        } catch (error) {
          stream.fail(maskAll([error], request.id, live.log))
        }
      },
    })
  }

function operationOf({ method, body, query: search }: FastifyRequest): OperationRequest {
  const given = method === 'GET' ? search : body
  if (typeof given !== 'object' || given === null) throw errors.invalid('body', 'not a GraphQL request as JSON')
  const { query, operationName, variables } = given as Readonly<Record<string, unknown>> // as checked
  if (typeof query !== 'string') throw errors.invalid('query', 'has to be text')
  const values = typeof variables === 'string' ? parsed(variables) : (variables ?? {})
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    throw errors.invalid('variables', 'have to be an object')
  return { query, operationName: typeof operationName === 'string' ? operationName : null, variables: { ...values } }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw errors.invalid('variables', 'are not JSON')
  }
}

function faultOf(error: unknown): unknown {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  if (error instanceof GraphQLError || typeof status !== 'number' || status >= 500) return error
  return errors.invalid('body', 'not a GraphQL request as JSON')
}

function refuse(reply: FastifyReply, fault: unknown, requestId: string, live: Live) {
  const code = codeOf(fault) ?? 'INTERNAL_SERVER_ERROR'
  return reply.code(catalogue[code].http).send({ errors: maskAll([fault], requestId, live.log) })
}
