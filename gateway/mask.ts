import type { ApolloServerPlugin } from '@apollo/server'
import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql'
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

const introspectionIsOff = 'introspection is off here: INTROSPECTION=true turns it on'

/**
 * What a client may see of an error: ours as they are, everything else as INTERNAL_SERVER_ERROR with the request id by
 * which an operator finds the cause in the log.
 */
export function maskError(error: GraphQLFormattedError, requestId: string | undefined): GraphQLFormattedError {
  const code = String(error.extensions?.['code'])
  const { message, locations, path } = error
  if (error.extensions?.['validationErrorCode'] === 'INTROSPECTION_DISABLED')
    return { message: introspectionIsOff, extensions: { code } } // the server's own words are for who writes a server
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

const isOurs = (code: string) => Object.hasOwn(catalogue, code) && code !== 'INTERNAL_SERVER_ERROR'

/** Logs the errors whose cause the client does not get to see. */
function report(faults: readonly GraphQLError[], requestId: string, log: Logger): void {
  for (const error of faults) {
    const code = String(error.extensions['code'])
    if (!(protocolCodes.has(code) || isOurs(code)))
      log.error({ requestId, err: error.originalError ?? error, path: error.path }, 'a field failed')
  }
}

/** Masks the errors of a result, and logs those whose cause the client does not get to see. */
export function maskResult(result: ExecutionResult, requestId: string, log: Logger): ExecutionResult {
  if (!result.errors) return result
  report(result.errors, requestId, log)
  const masked = result.errors.map((error) => {
    const { message, path, extensions } = maskError(error.toJSON(), requestId)
    return new GraphQLError(message, { path: path ?? null, extensions: extensions ?? null })
  })
  return { ...result, errors: masked }
}

/** The same for operations that Apollo's server runs. */
export const masking = (log: Logger): ApolloServerPlugin<RequestScope> => ({
  async requestDidStart({ contextValue: { requestId } }) {
    return {
      async didEncounterErrors({ errors }) {
        report(errors, requestId, log)
      },
      async willSendResponse({ response: { body } }) {
        if (body.kind !== 'single' || !body.singleResult.errors) return
        body.singleResult.errors = body.singleResult.errors.map((error) => maskError(error, requestId))
      },
    }
  },
})
