import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { codeOf } from '../errors.ts'

/** An error as it leaves this process: what went wrong inside stays in its log. */
export const outward = (error: GraphQLError): GraphQLFormattedError =>
  codeOf(error)
    ? error.toJSON()
    : {
        message: 'internal error',
        ...(error.path && { path: error.path }),
        extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false },
      }

/** An error as it arrives from another process. */
export const inward = ({ message, path, extensions }: GraphQLFormattedError): GraphQLError =>
  new GraphQLError(message, { ...(path && { path }), ...(extensions && { extensions }) })
