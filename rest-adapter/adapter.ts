import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Caller, GraphDoor } from '../gateway/door.ts'
import { AppError, errors } from '../kit/errors.ts'
import type { Logger } from '../kit/log.ts'
import { bodyParsers } from './body-parsers.ts'
import { faultOf } from './faults.ts'
import { drain, ignored, readForm } from './form.ts'
import { Graph } from './graph.ts'
import { loadOperations } from './operations.ts'
import { Params } from './params.ts'
import { failure, success } from './reply.ts'
import { type Route, routes } from './routes.ts'
import { Spool } from './spool.ts'
import { type Received, receiveFile } from './uploads.ts'

export interface RestAdapterOptions {
  /** The only way into the graph. */
  readonly door: GraphDoor
  readonly log: Logger
  /** `http(s)://host[:port]` under which the client of a request reaches us, for the addresses in its answer. */
  readonly originOf: (request: FastifyRequest) => string
  /** Of one video file. */
  readonly maxUploadBytes: number
  /** Milliseconds since 1970. */
  readonly clock?: () => number
  /** Where files wait whose sender is not known yet; on a disk, not in memory, and with room for `spoolBytes`. */
  readonly spoolFolder?: string
  /** Of all waiting files together. */
  readonly spoolBytes?: number
  /** How long the sender of a form may be silent, in milliseconds. */
  readonly stallMs?: number
}

/**
 * The 16 endpoints of the old app under `/douyin/`. Every answer is HTTP 200 with JSON, whatever is asked; only two kinds of
 * address get no further than Node's HTTP parser: of more than 64 KiB (431), or with letters that are not ASCII and were
 * not percent-encoded, as HTTP wants them (400).
 */
export const restAdapter =
  (options: RestAdapterOptions): FastifyPluginAsync =>
  async (app) => {
    await bodyParsers(app)
    const adapter = new RestAdapter(options)
    app.setErrorHandler((error, request, reply) => adapter.refuse(error, request, reply))
    const handler = (request: FastifyRequest, reply: FastifyReply) => adapter.answer(request, reply)
    // Both forms by name, since a redirect would lose the body of a POST; by name at all, so that metrics see them.
    // Doubled slashes are the server's to fold.
    for (const { method, path } of routes)
      for (const url of [path, path.slice(0, -1)]) app.route({ method, url, handler, exposeHeadRoute: false })
    for (const url of ['/douyin', '/douyin/*']) app.all(url, { exposeHeadRoute: false }, handler)
  }

class RestAdapter {
  readonly #options: RestAdapterOptions
  readonly #clock: () => number
  readonly #operations = loadOperations()
  readonly #spool: Spool
  readonly #routes = new Map<string, Route>(routes.map((route) => [route.path, route]))

  constructor(options: RestAdapterOptions) {
    const { maxUploadBytes, clock = Date.now, spoolFolder = join(tmpdir(), 'douyin-spool'), spoolBytes } = options
    this.#options = options
    this.#clock = clock
    this.#spool = new Spool(spoolFolder, spoolBytes ?? 8 * maxUploadBytes)
  }

  async answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    try {
      const route = this.#routeOf(request)
      if (route === undefined) throw errors.notFound('path', pathOf(request))
      if (route.method !== (request.method === 'HEAD' ? 'GET' : request.method))
        throw errors.invalid('method', `has to be ${route.method}`)
      return send(reply, success(await this.#run(route, request, goneSignal(reply))))
    } catch (error) {
      return this.refuse(error, request, reply)
    }
  }

  refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const fault = faultOf(error) ?? new AppError('INTERNAL_SERVER_ERROR', 'internal error')
    if (fault.code === 'INTERNAL_SERVER_ERROR' && !request.raw.destroyed)
      this.#options.log.error({ err: error, requestId: request.id }, 'a request of the old app failed')
    reply.fault = fault.code
    drain(request, this.#options.maxUploadBytes)
    return send(reply, failure(fault, this.#routeOf(request)?.reply.empty(this.#clock())))
  }

  async #run(route: Route, request: FastifyRequest, signal: AbortSignal): Promise<object> {
    const origin = this.#options.originOf(request)
    const graphFor = (token: string | null) => {
      const caller: Caller = { token, requestId: request.id, origin, signal }
      return new Graph(this.#options.door, this.#operations, caller)
    }
    const { params, uploadId } = await this.#receive(route, request, graphFor)
    const token = route.token === 'none' ? null : params.token
    if (route.token === 'required' && token === null) throw errors.unauthenticated()
    const occasion = { now: this.#clock(), uploadId }
    try {
      return await route.run(graphFor(token), params, occasion)
    } catch (error) {
      const anonymously = route.token === 'optional' && token !== null && faultOf(error)?.code === 'UNAUTHENTICATED'
      if (!anonymously) throw error
      return await route.run(graphFor(null), params, occasion)
    }
  }

  async #receive(route: Route, request: FastifyRequest, graphFor: (token: string) => Graph): Promise<Received> {
    const params = Params.of(request)
    const { maxUploadBytes, stallMs } = this.#options
    if (!request.isMultipart()) return { params, uploadId: null }
    if (!route.file) {
      const form = await readForm(request, (_, file) => ignored(file), stallMs)
      return { params: params.and(form), uploadId: null }
    }
    return receiveFile(request, params, { graphFor, spool: this.#spool, maxBytes: maxUploadBytes, stallMs })
  }

  #routeOf(request: FastifyRequest): Route | undefined {
    return this.#routes.get(
      `${pathOf(request)
        .replace(/\/{2,}/g, '/')
        .replace(/\/$/, '')}/`,
    )
  }
}

/** Decoded as the router did, which has refused by now what can't be. */
const pathOf = ({ url }: FastifyRequest): string => decodeURI(/^[^?;#]*/.exec(url)?.[0] ?? '')

/** Answers hold tokens, and are different for every viewer. */
const send = (reply: FastifyReply, envelope: object | string): FastifyReply =>
  reply.code(200).header('cache-control', 'no-store').type('application/json; charset=utf-8').send(envelope)

/** Aborts when the client goes away before it has its answer. */
function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort()
  })
  return gone.signal
}
