import type { FetcherParams } from '@graphiql/toolkit'
import { GraphQLError } from 'graphql'
import { createClient, type ExecutionResult } from 'graphql-ws'

const endpoint = new URL('/graphql', location.href)
endpoint.protocol = endpoint.protocol.replace('http', 'ws')

/**
 * Runs a subscription. Each opens a socket of its own with the tab's headers as its connection parameters, so that a token
 * pasted a moment ago is the one that counts; a client made once would keep the first.
 *
 * What ends it is its last result. GraphiQL's toolkit can subscribe too, but for every refusal it leaves a rejected
 * promise behind, which nobody can catch.
 */
export const subscribe = (
  { query, variables, operationName = null }: FetcherParams,
  headers: Record<string, string>,
): AsyncIterable<ExecutionResult> => {
  const client = createClient({ url: endpoint.href, connectionParams: headers })
  // A generator by its making, only typed as less; and the toolkit's type wants instances as errors, which are only printed.
  const events = client.iterate({ query, variables, operationName }) as AsyncGenerator<ExecutionResult>
  const lastResult = (fault: unknown) => ({ done: false as const, value: { errors: errorsOf(fault) } })
  // No generator around it: that would put off `return`, by which GraphiQL stops, until the next event.
  const iterator = { next: () => events.next().catch(lastResult), return: () => events.return(undefined) }
  return { [Symbol.asyncIterator]: () => iterator }
}

const errorsOf = (fault: unknown): readonly GraphQLError[] => {
  if (Array.isArray(fault)) return fault
  if (fault instanceof CloseEvent) return [new GraphQLError(`Socket closed: ${fault.code} ${fault.reason}`.trim())]
  return [new GraphQLError(fault instanceof Error ? fault.message : 'Socket failed')]
}
