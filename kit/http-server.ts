import { randomUUID } from 'node:crypto'
import { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, fastify, LogController } from 'fastify'
import { type Logger, redactUrl } from './log.ts'

export interface HttpServerOptions {
  readonly log: Logger
  /** Clients may name their request only in a form that can't forge a log line. */
  readonly requestId?: () => string
}

const idPattern = /^[\w.:-]{1,64}$/
const hostPattern = /^[a-z0-9.-]+(:\d{1,5})?$|^\[[0-9a-f:.]+\](:\d{1,5})?$/i

/** An HTTP server that names every request, and logs one line for each without its secrets. */
export function createHttpServer({ log, requestId = randomUUID }: HttpServerOptions): FastifyInstance {
  const app = fastify({
    loggerInstance: log as FastifyBaseLogger, // narrower, so that the server's type stays the default one
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    routerOptions: { ignoreDuplicateSlashes: true, maxParamLength: 1_000 },
    genReqId: ({ headers }) => {
      const given = headers['x-request-id']
      return typeof given === 'string' && idPattern.test(given) ? given : requestId()
    },
    // Longer than any client keeps an idle connection, so that it is never us who closes one that is being used.
    keepAliveTimeout: 75_000,
    forceCloseConnections: 'idle',
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, url } = request
    const ms = Math.round(reply.elapsedTime)
    request.log.info({ status: reply.statusCode, ms }, `${method} ${redactUrl(url)}`)
  })
  return app
}

/**
 * Under which address a client reaches us: as configured, or as the client says by its Host header (a proxy by
 * `X-Forwarded-*`). It only ever comes back to the same client, in the addresses of pictures and videos.
 */
export const originOf =
  (publicUrl: string | undefined) =>
  ({ headers, protocol, host }: Pick<FastifyRequest, 'headers' | 'protocol' | 'host'>): string => {
    if (publicUrl) return publicUrl.replace(/\/+$/, '')
    const forwarded = String(headers['x-forwarded-host'] ?? host)
    const scheme = headers['x-forwarded-proto'] === 'https' ? 'https' : protocol
    return `${scheme}://${hostPattern.test(forwarded) ? forwarded : 'localhost'}`
  }
