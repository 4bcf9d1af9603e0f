import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit'
import { getOperationAST } from 'graphql'
import { keepToken, withAuthorization } from './authorization.ts'
import { subscribe } from './subscribe.ts'

const send = createGraphiQLFetcher({
  url: new URL('/graphql', location.href).href,
  enableIncrementalDelivery: false,
})

/** Introspection goes without a token: an expired one must not take the documentation away. */
export const fetcher: Fetcher = async (operation, { headers = {}, documentAST } = {}) => {
  if (operation.operationName === 'IntrospectionQuery') return send(operation, { headers: {} })
  const authorized = withAuthorization(headers)
  const document = documentAST && getOperationAST(documentAST, operation.operationName)
  if (document?.operation === 'subscription') return subscribe(operation, authorized)
  const answer = await send(operation, { headers: authorized })
  keepToken(answer)
  return answer
}
