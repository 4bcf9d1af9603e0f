import { Readable } from 'node:stream'
import { HeaderMap } from '@apollo/server'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql'
import { catalogue, codeOf, errors } from '../kit/errors.ts'
import { isRecord } from '../kit/record.ts'
import { bearerToken } from './bearer.ts'
import { allowAnyOrigin } from './cors.ts'
import type { Gateway } from './gateway.ts'
import { plainRequest } from './plain-request.ts'
import { playgroundPath } from './playground.ts'
import type { OperationRequest } from './subscriptions/operations.ts'

export interface GraphqlRouteOptions {
  readonly gateway: Gateway
  /** `http(s)://host[:port]` of a request. */
  readonly originOf: (request: FastifyRequest) => string
  /** The largest request body, in bytes. */
  readonly bodyLimit?: number
}

/**
 * `/graphql` over HTTP: POST with JSON, and GET for queries. Every answer, also to garbage, has GraphQL's shape; only a
 * browser that asks nothing is sent to the playground.
 */
export const graphqlRoute =
  ({ gateway, originOf, bodyLimit = 100_000 }: GraphqlRouteOptions): FastifyPluginAsync =>
  async (app) => {
    allowAnyOrigin(app, '/graphql')
    app.setErrorHandler((error, _request, reply) => refuse(reply, error))
    app.setNotFoundHandler((_request, reply) => reply.code(404).send())
    app.route({
      method: ['GET', 'POST'],
      url: '/graphql',
      bodyLimit,
      handler: async (request, reply) => {
        if (isVisit(request)) return reply.redirect(playgroundPath, 302)
        try {
          const given = parametersOf(request)
          const asked = isRecord(given) ? gateway.documents.written(given) : given
          const token = bearerToken(request.headers.authorization)
          const scope = await gateway.scopeOf({ token, requestId: request.id, origin: originOf(request) })
          const plain = plainRequest(request, asked)
          const again = plain && (await gateway.runAgain(plain, scope))
          if (again) {
            reply.fault = codeIn(again.errors)
            return reply.headers(plainAnswer).send(textOf(again))
          }
          const operation = operationIn(asked)
          await gateway.turns.next(request.raw.socket, operation, () => gateway.knows(operation))
          if (operation.query !== undefined) gateway.limits.check(operation.query)
          const { status, headers, body } = await gateway.apollo.executeHTTPGraphQLRequest({
            httpGraphQLRequest: {
              method: request.method,
              headers: headerMap(request),
              search: request.method === 'GET' ? search(asked) : '',
              body: request.method === 'GET' ? request.body : asked,
            },
            context: async () => scope,
          })
          reply.code(status ?? 200).headers(Object.fromEntries(headers))
          if (body.kind === 'chunked') return reply.send(Readable.from(body.asyncIterator))
          // The server has only this text for us; errors come first in it, where there are any.
          if (body.string.startsWith('{"errors":')) reply.fault = codeIn(JSON.parse(body.string).errors)
          return reply.send(body.string)
        } catch (error) {
          return refuse(reply, error)
        }
      },
    })
  }

/** A person who opens the address in a browser, and asks nothing. */
const isVisit = ({ method, headers, query }: FastifyRequest): boolean =>
  method === 'GET' && isRecord(query) && Object.keys(query).length === 0 && /text\/html/.test(headers.accept ?? '')

/** What Apollo's server says of an answer without faults in its request. */
const plainAnswer = { 'cache-control': 'no-store', 'content-type': 'application/json; charset=utf-8' }
const textOf = ({ errors, data, extensions }: ExecutionResult) => `${JSON.stringify({ errors, data, extensions })}\n`

const codeIn = (faults: readonly Pick<GraphQLFormattedError, 'extensions'>[] | undefined): string | undefined =>
  faults?.[0] && String(faults[0].extensions?.['code'])

/** What is asked: of a GET the parameters of its address, whose nested ones are JSON; of a POST its body. */
function parametersOf({ method, body, query }: FastifyRequest): unknown {
  if (method !== 'GET' || !isRecord(query)) return body
  return { ...query, ...('extensions' in query && { extensions: parsed(query['extensions']) }) }
}

/** As far as it can be told from what is asked. */
function operationIn(asked: unknown): Partial<OperationRequest> {
  const { query, operationName } = isRecord(asked) ? asked : {}
  return {
    ...(typeof query === 'string' && { query }),
    ...(typeof operationName === 'string' && { operationName }),
  }
}

/** What is no JSON is left for the server to refuse. */
function parsed(json: unknown): unknown {
  try {
    return typeof json === 'string' ? JSON.parse(json) : json
  } catch {
    return json
  }
}

function headerMap(request: FastifyRequest): HeaderMap {
  const headers = new HeaderMap()
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  return headers
}

/** Of the parameters that were looked at, and not of the address: two readers of one address may differ. */
function search(asked: unknown): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(isRecord(asked) ? asked : {}))
    for (const each of Array.isArray(value) ? value : [value])
      parameters.append(name, typeof each === 'string' ? each : JSON.stringify(each))
  return `?${parameters}`
}

function refuse(reply: FastifyReply, error: unknown) {
  const fault = faultOf(error)
  const code = codeOf(fault) ?? 'INTERNAL_SERVER_ERROR'
  if (code === 'INTERNAL_SERVER_ERROR') reply.log.error({ err: error }, 'a request failed')
  reply.code(catalogue[code].http)
  reply.fault = code
  return reply.send({ errors: [fault.toJSON()] })
}

/** Fastify's own faults (a body that is no JSON, or too large) in our terms. */
function faultOf(error: unknown): GraphQLError {
  if (error instanceof GraphQLError && codeOf(error)) return error
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : 500
  if (status === 413) return errors.limitExceeded('body', 100_000)
  if (typeof status === 'number' && status < 500) return errors.invalid('body', 'not a GraphQL request as JSON')
  return new GraphQLError('internal error', { extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false } })
}
