import { readFileSync } from 'node:fs'
import { ApolloGateway } from '@apollo/gateway'
import { ApolloServer } from '@apollo/server'
import { type ExecutionResult, GraphQLError } from 'graphql'
import type { Logger } from '../kit/log.ts'
import type { DataSources } from '../kit/owners.ts'
import type { RequestScope, Viewer } from '../kit/viewer.ts'
import { apolloDataSource } from './apollo-data-source.ts'
import type { Caller, TrustedOperation } from './door.ts'
import { LimitGuard, type Limits } from './limits.ts'
import { masking } from './mask.ts'
import { Sessions, type SessionsOptions } from './sessions.ts'

export interface GatewayOptions extends SessionsOptions {
  readonly sources: () => DataSources
  readonly log: Logger
  readonly limits?: Limits
  readonly introspection: boolean
  /** True hides everything that helps an attacker: hints at field names, the playground's landing. */
  readonly production: boolean
  /** How long a request may take, in milliseconds. */
  readonly patience?: number
}

/** The graph: one schema, one planner, one way in for every transport. */
export class Gateway {
  readonly apollo: ApolloServer<RequestScope>
  readonly sessions: Sessions
  readonly limits: LimitGuard
  readonly #clock: () => number
  readonly #patience: number

  private constructor(apollo: ApolloServer<RequestScope>, options: GatewayOptions) {
    this.apollo = apollo
    this.sessions = new Sessions(options)
    this.limits = new LimitGuard(options.limits)
    this.#clock = options.clock ?? Date.now
    this.#patience = options.patience ?? 10_000
  }

  static async start(options: GatewayOptions): Promise<Gateway> {
    const { sources, log, introspection, production } = options
    const logger = log.child({ part: 'graph' })
    const gateway = new ApolloGateway({
      supergraphSdl: readFileSync(new URL('../schema/supergraph.graphql', import.meta.url), 'utf8'),
      buildService: ({ name }) => {
        const source = sources().get(name)
        if (!source)
          throw new Error(`no way to the ${name} subgraph: start it here or set SUBGRAPH_URL_${name.toUpperCase()}`)
        return apolloDataSource(source)
      },
      logger: quiet(logger),
    })
    const apollo = new ApolloServer<RequestScope>({
      gateway,
      introspection,
      nodeEnv: production ? 'production' : 'development',
      hideSchemaDetailsFromClientErrors: production,
      includeStacktraceInErrorResponses: false,
      stopOnTerminationSignals: false,
      logger: quiet(logger),
      plugins: [masking(logger)],
    })
    await apollo.start()
    return new Gateway(apollo, options)
  }

  /** @throws UNAUTHENTICATED when the caller's token is no good */
  async scopeOf({ token, requestId, origin }: Caller): Promise<RequestScope> {
    return this.scopeFor(token === null ? null : await this.sessions.viewerOf(token), requestId, origin)
  }

  scopeFor(viewer: Viewer | null, requestId: string, origin: string): RequestScope {
    const known = viewer && { id: viewer.id }
    return { viewer: known, requestId, origin, deadline: this.#clock() + this.#patience }
  }

  /** Runs an operation of our own clients; see {@link GraphDoor.execute}. */
  async execute(
    operation: TrustedOperation,
    variables: Readonly<Record<string, unknown>>,
    caller: Caller,
  ): Promise<ExecutionResult> {
    try {
      const contextValue = await this.scopeOf(caller)
      const { body } = await this.apollo.executeOperation(
        { query: operation.document, operationName: operation.name, variables },
        { contextValue },
      )
      return body.kind === 'single' ? (body.singleResult as ExecutionResult) : { errors: [] } // never incremental: no @defer
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error] }
      throw error
    }
  }

  async stop(): Promise<void> {
    await this.apollo.stop()
  }
}

/** Apollo tells at `info` what only its own developers need. */
const quiet = (log: Logger) => ({
  debug: () => {},
  info: (message?: unknown) => log.debug(String(message)),
  warn: (message?: unknown) => log.warn(String(message)),
  error: (message?: unknown) => log.error(String(message)),
})
