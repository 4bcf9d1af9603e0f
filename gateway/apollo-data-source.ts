import type { GraphQLDataSource } from '@apollo/gateway'
import type { DataSource } from '../kit/subgraph/data-source.ts'
import type { RequestScope } from '../kit/viewer.ts'

/** Lets Apollo's plan executor call a subgraph through our data source. */
export const apolloDataSource = (source: DataSource<RequestScope>): GraphQLDataSource => ({
  async process({ request, context }) {
    const operation = request.query ?? ''
    const kind = operation.startsWith('mutation') ? 'mutation' : 'query'
    const call = { kind, operation, operationName: request.operationName, variables: request.variables ?? {} } as const
    const { data, errors } = await source.execute(call, context as unknown as RequestScope) // made by us for this request
    return { ...(data && { data }), ...(errors && { errors }) } as Awaited<ReturnType<GraphQLDataSource['process']>> // a type with more, all optional
  },
})
