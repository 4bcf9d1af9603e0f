import type { FastifyRequest } from 'fastify'
import { isRecord } from '../kit/record.ts'
import type { OperationRequest } from './subscriptions/operations.ts'

/** What says that plain JSON will do; anything more is for Apollo's server to weigh. */
const plain: ReadonlySet<string | undefined> = new Set([undefined, '*/*', 'application/json'])

/**
 * The operation of a request that needs nothing of GraphQL over HTTP but a JSON body and a JSON answer, as nearly all
 * clients send it. Undefined for every other request, well formed or not.
 * @param body its body, with the text of a document that it only names
 */
export function plainRequest({ method, headers }: FastifyRequest, body: unknown): OperationRequest | undefined {
  const isJson = method === 'POST' && headers['content-type']?.startsWith('application/json')
  if (!isJson || !plain.has(headers.accept) || !isRecord(body)) return undefined
  const { query, operationName = null, variables = null, ...more } = body
  if (typeof query !== 'string' || Object.keys(more).length > 0) return undefined
  if (operationName !== null && typeof operationName !== 'string') return undefined
  if (variables !== null && !isRecord(variables)) return undefined
  return { query, operationName, variables }
}
