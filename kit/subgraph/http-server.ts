import type { FastifyPluginAsync } from 'fastify'
import { catalogue, codeOf, errors } from '../errors.ts'
import { openEnvelope } from '../viewer.ts'
import { OperationCache } from './execute.ts'
import type { Subgraph } from './subgraph.ts'
import { outward } from './wire-error.ts'

export interface SubgraphRouteOptions {
  readonly subgraph: Subgraph
  /** Shared by all processes of ours; an envelope that is not signed with it is refused. */
  readonly secret: string
  readonly clock?: () => number
}

/** A batch of entities with every field selected stays far below it. */
const bodyLimit = 4 * 2 ** 20

/** A subgraph over HTTP, for processes of ours only: `POST /` with a signed envelope. */
export const subgraphRoute =
  ({ subgraph, secret, clock = Date.now }: SubgraphRouteOptions): FastifyPluginAsync =>
  async (app) => {
    const operations = new OperationCache(subgraph.schema)
    // The signature covers the bytes, so they are parsed only after it was checked.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit }, (_request, body, done) =>
      done(null, body),
    )
    app.setErrorHandler((error, request, reply) => {
      const code = codeOf(error) ?? 'INTERNAL_SERVER_ERROR'
      if (code === 'INTERNAL_SERVER_ERROR') request.log.error({ err: error }, 'a call failed')
      return reply.code(catalogue[code].http).send({ errors: [{ message: code, extensions: { code } }] })
    })
    app.post('/', async (request, reply) => {
      const body = request.body as string // as parsed above
      const scope = openEnvelope(request.headers, body, secret, clock())
      if (scope.deadline <= clock()) throw errors.timeout(subgraph.name)
      const { query, variables } = operationOf(body)
      const result = await operations.get(query).run(variables ?? {}, subgraph.createContext(scope))
      for (const error of result.errors ?? [])
        if (!codeOf(error))
          request.log.error({ requestId: scope.requestId, err: error.originalError ?? error }, 'a field failed')
      reply.type('application/json; charset=utf-8')
      return JSON.stringify({ data: result.data, ...(result.errors && { errors: result.errors.map(outward) }) })
    })
  }

function operationOf(body: string): { query: string; variables?: Record<string, unknown> } {
  try {
    return JSON.parse(body) // signed by a process of ours, so it has this shape
  } catch {
    throw errors.invalid('body', 'not JSON')
  }
}
