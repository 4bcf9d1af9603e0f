import { randomUUID } from 'node:crypto'
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  type FastifyServerOptions,
  fastify,
  LogController,
} from 'fastify'
import { type Logger, redactUrl } from './log.ts'

export interface HttpServerOptions {
  readonly log: Logger
  /** Clients may name their request only in a form that can't forge a log line. */
  readonly requestId?: () => string
  /** Answers what fails before there is a route, such as an address that can't be decoded. */
  readonly frameworkErrors?: FastifyServerOptions['frameworkErrors']
  /** Hears of every answered request: method, route template, status, milliseconds. */
  readonly observe?: (method: string, route: string, status: number, ms: number) => void
}

const idPattern = /^[\w.:-]{1,64}$/
const hostPattern = /^[a-z0-9.-]+(:\d{1,5})?$|^\[[0-9a-f:.]+\](:\d{1,5})?$/i

/** An HTTP server that names every request, and logs one line for each without its secrets. */
export function createHttpServer({
  log,
  requestId = randomUUID,
  observe,
  frameworkErrors,
}: HttpServerOptions): FastifyInstance {
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
    // While stopping, a request that came over an open connection is still answered like any other.
    return503OnClosing: false,
    ...(frameworkErrors && { frameworkErrors }),
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, url } = request
    const ms = Math.round(reply.elapsedTime)
    observe?.(method, request.routeOptions.url ?? 'none', reply.statusCode, reply.elapsedTime)
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
