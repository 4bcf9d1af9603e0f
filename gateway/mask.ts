import type { ApolloServerPlugin } from '@apollo/server'
import type { GraphQLFormattedError } from 'graphql'
import { catalogue } from '../kit/errors.ts'
import type { Logger } from '../kit/log.ts'
import type { RequestScope } from '../kit/viewer.ts'

/** Faults of a request that the server library finds before any of our code runs. */
const protocolCodes: ReadonlySet<string> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
])

/**
 * What a client may see of an error: ours as they are, everything else as INTERNAL_SERVER_ERROR with the request id by
 * which an operator finds the cause in the log.
 */
export function maskError(error: GraphQLFormattedError, requestId: string | undefined): GraphQLFormattedError {
  const code = String(error.extensions?.['code'])
  const { message, locations, path } = error
  const place = { ...(locations && { locations }), ...(path && { path }) }
  if (protocolCodes.has(code)) return { message, ...place, extensions: { code } }
  if (isOurs(code)) {
    const { subject, retryable } = error.extensions ?? {}
    return { message, ...place, extensions: { code, ...(subject ? { subject } : {}), retryable: retryable === true } }
  }
  return {
    message: 'internal error',
    ...place,
    extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false, ...(requestId ? { requestId } : {}) },
  }
}

const isOurs = (code: string) => code in catalogue && code !== 'INTERNAL_SERVER_ERROR'

/** Masks the errors of every operation, and logs those whose cause the client does not get to see. */
export const masking = (log: Logger): ApolloServerPlugin<RequestScope> => ({
  async requestDidStart({ contextValue: { requestId } }) {
    return {
      async didEncounterErrors({ errors }) {
        for (const error of errors) {
          const code = String(error.extensions['code'])
          if (!(protocolCodes.has(code) || isOurs(code))) log.error({ requestId, err: error }, 'a field failed')
        }
      },
      async willSendResponse({ response: { body } }) {
        if (body.kind !== 'single' || !body.singleResult.errors) return
        body.singleResult.errors = body.singleResult.errors.map((error) => maskError(error, requestId))
      },
    }
  },
})
