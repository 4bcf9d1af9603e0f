import { GraphQLError } from 'graphql'
import { codeOf, errors } from '../../kit/errors.ts'
import type { ResponsePath } from './path.ts'
import type { Run } from './run.ts'

/** An error as it arrives: a `GraphQLError` from a subgraph in process, plain JSON from one over the network. */
export interface SubgraphError {
  readonly message: string
  readonly path?: ResponsePath | undefined
  readonly extensions?: Readonly<Record<string, unknown>> | undefined
}

/** Keeps message and extensions of a subgraph's error. Its locations speak of an operation that no client knows. */
export const rehome = (error: SubgraphError, path: ResponsePath | undefined): GraphQLError =>
  new GraphQLError(error.message || 'a subgraph failed without a message', {
    ...(path === undefined ? {} : { path }),
    ...(error.extensions === undefined ? {} : { extensions: error.extensions }),
    ...(error instanceof Error ? { originalError: error } : {}),
  })

/** A data source that throws, or answers against the protocol: the same to a client as one that is down. */
export const reportFailure = (run: Run, serviceName: string, cause: unknown): void => {
  const known = cause instanceof GraphQLError && codeOf(cause) !== undefined
  run.errors.push(known ? cause : errors.unavailable(serviceName, cause))
}
