import type { CodegenConfig } from '@graphql-codegen/cli'
import { subgraphNames } from './schema/subgraph-names.ts'

/** What a resolver's parent is: a row of the store, or a bare key where only the key is known. */
const mappers: Record<string, Record<string, string>> = {
  user: { User: './tables.ts#UserRow' },
  publish: { Video: './tables.ts#VideoRow', User: './context.ts#UserRef' },
  feed: { Video: './context.ts#VideoRef' },
  favorite: { Video: './context.ts#VideoRef', User: './context.ts#UserRef' },
  comment: { Comment: './tables.ts#CommentRow', Video: './context.ts#VideoRef', User: './context.ts#UserRef' },
  relation: { User: './context.ts#UserRef' },
  message: {
    Message: './tables.ts#MessageRow',
    Conversation: './context.ts#ConversationRef',
    User: './context.ts#UserRef',
  },
}

const shared = {
  enumsAsTypes: true,
  useTypeImports: true,
  importExtension: '.ts',
  defaultScalarType: 'unknown',
} as const

const config: CodegenConfig = {
  silent: true,
  generates: {
    ...Object.fromEntries(
      subgraphNames.map((name) => [
        `subgraphs/${name}/types.generated.ts`,
        {
          schema: `schema/${name}.graphql`,
          plugins: ['typescript', 'typescript-resolvers'],
          config: {
            ...shared,
            federation: true,
            contextType: './context.ts#Context',
            mappers: mappers[name],
            scalars: { ID: { input: 'string', output: 'string | number' }, DateTime: 'number' },
            avoidOptionals: { defaultValue: true, field: true, inputValue: false },
          },
        },
      ]),
    ),
    'rest-adapter/operations.generated.ts': {
      schema: 'schema/api.generated.graphql',
      documents: 'rest-adapter/operations/*.graphql',
      plugins: ['typescript-operations'],
      config: { ...shared, scalars: { ID: { input: 'string', output: 'string' }, DateTime: 'string' } },
    },
  },
}

export default config
