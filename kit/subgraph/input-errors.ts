import { type ExecutionResult, GraphQLError } from 'graphql'
import { catalogue, codeOf } from '../errors.ts'

/** A value of the client's that does not fit: the libraries give such errors no code, and so they would look like ours. */
export const withInputCodes = (result: ExecutionResult): ExecutionResult =>
  result.errors ? { ...result, errors: result.errors.map(withInputCode) } : result

function withInputCode(error: GraphQLError): GraphQLError {
  if (codeOf(error) || !isAboutInput(error)) return error
  const { message, path } = error
  const { retryable } = catalogue.BAD_USER_INPUT
  return new GraphQLError(message, { path: path ?? null, extensions: { code: 'BAD_USER_INPUT', retryable } })
}

/** The libraries tell it in words only. What a resolver throws is in `originalError`, and never one of theirs. */
const isAboutInput = ({ message, originalError }: GraphQLError) =>
  /^(Argument|Variable) "/.test(message) && (!originalError || originalError instanceof GraphQLError)
