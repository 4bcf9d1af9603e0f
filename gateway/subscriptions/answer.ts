import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql'
import { codeOf } from '../../kit/errors.ts'
import type { Logger } from '../../kit/log.ts'
import { maskError } from '../mask.ts'

/** What a client gets for one event, as the bytes of one JSON object: made once, however many clients share it. */
export function serialise(result: ExecutionResult, requestId: string, log: Logger): Buffer {
  const { data, errors: faults, extensions } = result
  const masked = faults && faults.length > 0 ? { errors: maskAll(faults, requestId, log) } : {}
  return Buffer.from(JSON.stringify({ ...masked, data, ...(extensions && { extensions }) }))
}

/**
 * What a client may see of faults, and nothing else; the log gets the rest. Whatever was thrown becomes a proper error
 * here: an `Error` as JSON is an empty object.
 */
export function maskAll(faults: readonly unknown[], requestId: string, log: Logger): GraphQLFormattedError[] {
  return faults.map((fault) => {
    const formatted: GraphQLFormattedError = fault instanceof GraphQLError ? fault.toJSON() : { message: String(fault) }
    const masked = maskError(formatted, requestId)
    if (masked.extensions?.['code'] === 'INTERNAL_SERVER_ERROR')
      log.error(
        { requestId, err: fault instanceof GraphQLError ? (fault.originalError ?? fault) : fault },
        'an event failed',
      )
    return masked
  })
}

/** Faults that may be over when the same is tried again. */
export const isPassing = (fault: unknown): boolean => {
  const code = codeOf(fault)
  return code === 'UNAVAILABLE' || code === 'TIMEOUT'
}
