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
import { SlowBodies } from './slow-bodies.ts'

declare module 'fastify' {
  interface FastifyReply {
    /** The code of what was wrong, told in the body: the status of such an answer may be 200. */
    fault?: string | undefined
  }
}

export interface HttpServerOptions {
  readonly log: Logger
  /** Clients may name their request only in a form that can't forge a log line. */
  readonly requestId?: () => string
  /** Answers what fails before there is a route, such as an address that can't be decoded. */
  readonly frameworkErrors?: FastifyServerOptions['frameworkErrors']
  /** How long a body that is not a file may take to come, in milliseconds. */
  readonly bodyMs?: number
  /** Hears of every request when it is over: method, route template, status, milliseconds, code of a fault. */
  readonly observe?: (method: string, route: string, status: number, ms: number, fault?: string) => void
}

const idPattern = /^[\w.:-]{1,64}$/
const hostPattern = /^[a-z0-9.-]+(:\d{1,5})?$|^\[[0-9a-f:.]+\](:\d{1,5})?$/i

/** Of a request whose client went away before it had the whole answer. Never sent: for logs and metrics only. */
const clientGone = 499

/** An HTTP server that names every request, and logs one line for each without its secrets. */
export function createHttpServer({
  log,
  requestId = randomUUID,
  observe,
  frameworkErrors,
  bodyMs = 60_000,
}: HttpServerOptions): FastifyInstance {
  const app = fastify({
    loggerInstance: log as FastifyBaseLogger, // narrower, so that the server's type stays the default one
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    // The old app writes everything into the address, where a character may take nine: as much as its bodies may hold.
    http: { maxHeaderSize: 64 * 1024, shouldUpgradeCallback: ({ headers }) => isUpgrade(headers.upgrade) },
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
  // An offer that is not taken up is no fault: clients that speak HTTP/2 too make one with every request.
  const isUpgrade = (to = ''): boolean => /^websocket$/i.test(to) && app.server.listenerCount('upgrade') > 0
  app.decorateReply('fault', undefined)
  const bodies = new SlowBodies(bodyMs)
  app.addHook('onClose', async () => bodies.close())
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    bodies.watch(request.raw)
    // Unlike 'finish', it always comes: a client that has all it wants may close before the end was written.
    reply.raw.on('close', () => {
      bodies.forget(request.raw)
      const { method, url } = request
      const status = reply.raw.writableFinished ? reply.statusCode : clientGone
      const { fault } = reply
      observe?.(method, request.routeOptions.url ?? 'none', status, reply.elapsedTime, fault)
      request.log.info(
        { status, ...(fault && { fault }), ms: Math.round(reply.elapsedTime) },
        `${method} ${redactUrl(url)}`,
      )
    })
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
