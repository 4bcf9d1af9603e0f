import { GraphQLError } from 'graphql'
import { AppError, codeOf, errors } from '../kit/errors.ts'
import { bodyLimit } from './body-parsers.ts'
import { formLimits } from './form.ts'

/** A fault of the catalogue, or undefined for what nobody foresaw. */
export function faultOf(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error
  const code = codeOf(error)
  if (code !== undefined && error instanceof GraphQLError) {
    const subject = error.extensions['subject']
    return new AppError(code, error.message, typeof subject === 'string' ? subject : undefined)
  }
  return error instanceof Error ? faultOfServer(error) : undefined
}

/** What the HTTP server and the form reader complain of. Both name their errors, except for a form that makes no sense. */
function faultOfServer(
  error: Error & { readonly code?: unknown; readonly statusCode?: unknown },
): AppError | undefined {
  if (typeof error.code === 'string' && /^FST_(PARTS|FILES|FIELDS)_LIMIT$/.test(error.code))
    return errors.limitExceeded('parts of the form', formLimits.parts)
  if (error.statusCode === 413) return errors.tooLarge('body', bodyLimit)
  if (/^Part terminated early/.test(error.message)) return errors.invalid('file', 'ended before all of it had come')
  if (typeof error.statusCode === 'number' && error.statusCode < 500) return errors.invalid('body', error.message)
  if (/multipart/i.test(error.message) && error.code === undefined) return errors.invalid('body', error.message)
  return undefined
}
