import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit'
import { keepToken, withAuthorization } from './authorization.ts'

const http = new URL('/graphql', location.href)
const socket = new URL(http)
socket.protocol = http.protocol.replace('http', 'ws')

// The URL form opens a socket per subscription with the tab's headers as its connection parameters, so that a token
// pasted a moment ago is the one that counts; a client made once would keep the first.
const send = createGraphiQLFetcher({
  url: http.href,
  subscriptionUrl: socket.href,
  enableIncrementalDelivery: false,
})

/** Introspection goes without a token: an expired one must not take the documentation away. */
export const fetcher: Fetcher = async (operation, options) => {
  if (operation.operationName === 'IntrospectionQuery') return send(operation, { ...options, headers: {} })
  const answer = await send(operation, { ...options, headers: withAuthorization(options?.headers ?? {}) })
  keepToken(answer) // a subscription is a stream here, which holds none
  return answer
}
