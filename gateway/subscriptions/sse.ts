import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { GraphQLError } from 'graphql'
import { catalogue, codeOf, errors } from '../../kit/errors.ts'
import { bearerToken } from '../bearer.ts'
import { allowAnyOrigin } from '../cors.ts'
import { maskAll } from './answer.ts'
import type { Live } from './live.ts'
import type { NamedRequest } from './operations.ts'
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
    allowAnyOrigin(app, '/graphql/stream')
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
        // What hooks said of the answer would be left out of one that is written past the server.
        for (const [name, value] of Object.entries(reply.getHeaders()))
          if (value !== undefined) reply.raw.setHeader(name, value)
        stream.open()
        const asker = { viewer: session && { id: session.id }, origin: originOf(request), requestId: request.id }
        try {
          await live.operations.turn(operation, request.raw.socket)
          if (stream.over) return
          const admitted = live.operations.admit(operation)
          stream.single = !admitted.plan
          if (request.method === 'GET' && stream.single) throw errors.invalid('method', 'GET is for subscriptions only')
          stream.started(live.operations.begin(admitted, asker, stream))
        } catch (error) {
          stream.fail(maskAll([error], request.id, live.log))
        }
      },
    })
  }

function operationOf({ method, body, query: search }: FastifyRequest): NamedRequest {
  const given = method === 'GET' ? search : body
  if (typeof given !== 'object' || given === null) throw errors.invalid('body', 'not a GraphQL request as JSON')
  const { documentId, operationName, ...more } = given as Readonly<Record<string, unknown>> // as checked
  const extensions = objectOf('extensions', more['extensions'])
  const { query = documentId || 'persistedQuery' in extensions ? '' : undefined } = more
  if (typeof query !== 'string') throw errors.invalid('query', 'has to be text')
  return {
    query,
    operationName: typeof operationName === 'string' ? operationName : null,
    variables: objectOf('variables', more['variables']),
    ...(Object.keys(extensions).length > 0 && { extensions }),
    ...(typeof documentId === 'string' && { documentId }),
  }
}

/** A nested parameter, which an address has as JSON. */
function objectOf(name: string, given: unknown): Record<string, unknown> {
  const value = typeof given === 'string' ? parsed(name, given) : (given ?? {})
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw errors.invalid(name, 'have to be an object')
  return { ...value }
}

function parsed(name: string, json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw errors.invalid(name, 'are not JSON')
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
