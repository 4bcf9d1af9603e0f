import { ApolloServer, type ApolloServerOptions } from '@apollo/server'
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled'
import { type DocumentNode, OperationTypeNode } from 'graphql'
import { LRUCache } from 'lru-cache'
import { errors } from '../kit/errors.ts'
import type { Logger } from '../kit/log.ts'
import type { RequestScope } from '../kit/viewer.ts'
import type { Federation } from './federation.ts'
import { masking } from './mask.ts'
import { planKey, type ServedOperations } from './served-operations.ts'

interface Parts {
  readonly federation: Federation
  /** Is told of every operation that was planned. */
  readonly served: ServedOperations
  readonly log: Logger
  readonly introspection: boolean
  readonly production: boolean
}

/** Apollo's server over our own planner and executor: it reads requests, parses, and checks. */
export const apolloServer = ({ federation, served, log, introspection, production }: Parts) =>
  new ApolloServer<RequestScope>({
    gateway: {
      load: async () => ({
        executor: async ({ queryHash, operationName, operation, source, document, request, context }) => {
          if (operation.operation === OperationTypeNode.SUBSCRIPTION) return { errors: [elsewhere()] }
          const key = planKey(queryHash, operationName)
          const planned = federation.plan(key, document, operationName ?? undefined)
          served.remember({ ...request, query: source }, key)
          return federation.execute(planned, request.variables ?? {}, context as unknown as RequestScope) // as our route made it
        },
      }),
      onSchemaLoadOrUpdate(listener) {
        // The server asks for the schema only here; there is one for the life of the process.
        listener({ apiSchema: federation.schema, coreSupergraphSdl: '' })
        return () => {}
      },
      stop: async () => {},
    },
    documentStore: documentStore(),
    introspection,
    nodeEnv: production ? 'production' : 'development',
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: quiet(log),
    // Its page for people would load itself from its makers' servers.
    plugins: [ApolloServerPluginLandingPageDisabled(), masking(log)],
  })

const elsewhere = () =>
  errors.invalid('operation', 'subscriptions are answered over WebSocket, and as server-sent events at /graphql/stream')

/** Parsed and valid documents, as the server keeps them: by the length of their texts, at some 60 bytes a character. */
function documentStore(): NonNullable<ApolloServerOptions<RequestScope>['documentStore']> {
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: 500_000,
    sizeCalculation: (document) => document.loc?.end ?? 1,
  })
  return {
    get: async (key) => documents.get(key),
    async set(key, document) {
      documents.set(key, document)
    },
    async delete(key) {
      documents.delete(key)
    },
  }
}

/** Apollo tells at `info` what only its own developers need. */
export const quiet = (log: Logger) => ({
  debug: () => {},
  info: (message?: unknown) => log.debug(String(message)),
  warn: (message?: unknown) => log.warn(String(message)),
  error: (message?: unknown) => log.error(String(message)),
})
