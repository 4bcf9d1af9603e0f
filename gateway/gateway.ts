import { ApolloServer, type ApolloServerOptions } from '@apollo/server'
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled'
import {
  type DocumentNode,
  type ExecutionResult,
  type FormattedExecutionResult,
  GraphQLError,
  Kind,
  OperationTypeNode,
  parse,
  validate,
} from 'graphql'
import { LRUCache } from 'lru-cache'
import { SettingsError } from '../kit/env.ts'
import { errors } from '../kit/errors.ts'
import type { Logger } from '../kit/log.ts'
import type { RequestScope, Viewer } from '../kit/viewer.ts'
import type { Caller, TrustedOperation } from './door.ts'
import { Federation, type Planned } from './federation.ts'
import { LimitGuard, type Limits } from './limits.ts'
import { masking, maskResult } from './mask.ts'
import { Sessions, type SessionsOptions } from './sessions.ts'
import type { OperationRequest } from './subscriptions/operations.ts'
import { hashOf, TrustedDocuments } from './trusted-documents.ts'
import { Turns } from './turns.ts'

export interface GatewayOptions extends SessionsOptions {
  readonly log: Logger
  readonly limits?: Limits
  /** Whether clients may ask for the schema. */
  readonly introspection: boolean
  /** True hides everything that helps an attacker, such as hints at names that almost match. */
  readonly production: boolean
  /** What clients may name instead of sending it; default: nothing. */
  readonly documents?: TrustedDocuments
  /** How long a request may take, in milliseconds. */
  readonly patience?: number
}

/** The graph: one schema, one planner, one way in for every transport. */
export class Gateway {
  readonly apollo: ApolloServer<RequestScope>
  readonly federation: Federation
  readonly sessions: Sessions
  readonly limits: LimitGuard
  readonly documents: TrustedDocuments
  readonly turns = new Turns()
  readonly #served: Served
  readonly #log: Logger
  readonly #clock: () => number
  readonly #patience: number
  readonly #trusted = new Map<TrustedOperation, Planned>()

  private constructor(
    apollo: ApolloServer<RequestScope>,
    federation: Federation,
    served: Served,
    log: Logger,
    options: GatewayOptions,
  ) {
    this.apollo = apollo
    this.federation = federation
    this.#served = served
    this.sessions = new Sessions(options)
    this.documents = options.documents ?? new TrustedDocuments()
    this.limits = new LimitGuard(options.limits, this.documents)
    this.#log = log
    this.#clock = options.clock ?? Date.now
    this.#patience = options.patience ?? 10_000
  }

  static async start(options: GatewayOptions): Promise<Gateway> {
    const { sources, introspection, production } = options
    const log = options.log.child({ part: 'graph' })
    const logger = quiet(log)
    const federation = await Federation.load({ sources, logger })
    const served: Served = new LRUCache({
      max: mostServed,
      maxSize: mostCharacters,
      maxEntrySize: longestServed,
      sizeCalculation: (_, text) => text.length,
    })
    const apollo = new ApolloServer<RequestScope>({
      gateway: {
        load: async () => ({
          executor: async ({ queryHash, operationName, operation, source, document, request, context }) => {
            if (operation.operation === OperationTypeNode.SUBSCRIPTION) return { errors: [elsewhere()] }
            const key = keyOf(queryHash, operationName)
            const planned = federation.plan(key, document, operationName ?? undefined)
            served.set(textOf({ ...request, query: source }), key)
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
      logger,
      // Its page for people would load itself from its makers' servers.
      plugins: [ApolloServerPluginLandingPageDisabled(), masking(log)],
    })
    await apollo.start()
    const gateway = new Gateway(apollo, federation, served, log, options)
    gateway.#prepare()
    return gateway
  }

  /** @throws UNAUTHENTICATED when the caller's token is no good */
  async scopeOf({ token, requestId, origin }: Caller): Promise<RequestScope> {
    return this.scopeFor(token === null ? null : await this.sessions.viewerOf(token), requestId, origin)
  }

  scopeFor(viewer: Viewer | null, requestId: string, origin: string): RequestScope {
    const known = viewer && { id: viewer.id }
    return { viewer: known, requestId, origin, deadline: this.#clock() + this.#patience }
  }

  /** Whether an operation was answered before, and its plan is still kept. */
  knows(request: Partial<OperationRequest>): boolean {
    return this.#planOf(request) !== undefined
  }

  /** Runs any client's operation, over a transport that is not HTTP. Faults are in `errors`, and masked. */
  async run(asked: OperationRequest, scope: RequestScope): Promise<FormattedExecutionResult> {
    const again = await this.runAgain(asked, scope)
    if (again) {
      const { errors, ...answer } = again
      return errors ? { ...answer, errors: errors.map((fault) => fault.toJSON()) } : answer
    }
    const { query, operationName, variables } = asked
    const request = {
      query,
      ...(operationName && { operationName }),
      ...(variables && { variables: { ...variables } }),
    }
    const { body } = await this.apollo.executeOperation(request, { contextValue: scope })
    return body.kind === 'single' ? body.singleResult : {} // never incremental: there is no @defer
  }

  /**
   * The answer to an operation that Apollo's server has run before, word for word: it is known to be valid and within the
   * limits, so that most of the server's work is done. Undefined for what the server has to answer itself: operations that
   * it has not run, and those whose variables are no good, of which nothing was run.
   */
  async runAgain(request: OperationRequest, scope: RequestScope): Promise<ExecutionResult | undefined> {
    const planned = this.#planOf(request)
    if (!planned) return undefined
    const result = await this.federation.execute(planned, request.variables ?? {}, scope)
    return result.data === undefined ? undefined : maskResult(result, scope.requestId, this.#log)
  }

  /** Runs an operation of our own clients; see {@link GraphDoor.execute}. */
  async execute(
    operation: TrustedOperation,
    variables: Readonly<Record<string, unknown>>,
    caller: Caller,
  ): Promise<ExecutionResult> {
    try {
      const scope = await this.scopeOf(caller)
      const result = await this.federation.execute(this.#trustedPlan(operation), variables, scope)
      return maskResult(result, caller.requestId, this.#log)
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error] }
      throw error
    }
  }

  async stop(): Promise<void> {
    await this.apollo.stop()
  }

  /** Of an operation that was answered before. */
  #planOf(request: Partial<OperationRequest>): Planned | undefined {
    const key = request.query === undefined ? undefined : this.#served.get(textOf(request))
    return key === undefined ? undefined : this.federation.recall(key)
  }

  #trustedPlan(operation: TrustedOperation): Planned {
    const known = this.#trusted.get(operation)
    if (known) return known
    const { name, document } = operation
    const key = keyOf(hashOf(document), name)
    const planned = this.federation.recall(key) ?? this.federation.keep(key, this.#valid(document), name)
    this.#trusted.set(operation, planned)
    return planned
  }

  /** Plans the trusted documents; subscriptions are others' business. @throws SettingsError with every fault of every one */
  #prepare(): void {
    const faults: string[] = []
    for (const text of this.documents)
      try {
        const document = this.#valid(text)
        const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION)
        for (const { name, operation } of operations) {
          if (operation === OperationTypeNode.SUBSCRIPTION) continue
          this.federation.keep(keyOf(hashOf(text), name?.value), document, name?.value)
          this.#expect(text, name?.value, operations.length === 1)
        }
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error
        faults.push(`TRUSTED_DOCUMENTS: ${hashOf(text)}: ${error.message}`)
      }
    if (faults.length > 0) throw new SettingsError(faults)
  }

  /** An operation that is answered like one that was answered before. @param alone whether it goes without its name too */
  #expect(query: string, name: string | undefined, alone: boolean): void {
    const key = keyOf(hashOf(query), name)
    if (name !== undefined) this.#served.set(textOf({ query, operationName: name }), key)
    if (alone) this.#served.set(textOf({ query }), key)
  }

  #valid(text: string): DocumentNode {
    const document = parse(text)
    const [fault] = validate(this.federation.schema, document)
    if (fault) throw fault
    return document
  }
}

const elsewhere = () =>
  errors.invalid('operation', 'subscriptions are answered over WebSocket, and as server-sent events at /graphql/stream')

/** Of a plan. @param hash of the document, as the server makes it */
const keyOf = (hash: string, operationName: string | null | undefined) => `${hash} ${operationName ?? ''}`

/** By the text of an operation that was answered before, the key of its plan. */
type Served = LRUCache<string, string>

/** Texts that are remembered: how many, the longest of them, and all their characters together. */
const mostServed = 1_000
const longestServed = 10_000
const mostCharacters = 1_000_000

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

/** The length tells where the name ends: a client may send anything as a name. */
const textOf = ({ query, operationName }: Partial<OperationRequest>) =>
  `${operationName?.length ?? 0} ${operationName ?? ''} ${query}`

/** Apollo tells at `info` what only its own developers need. */
const quiet = (log: Logger) => ({
  debug: () => {},
  info: (message?: unknown) => log.debug(String(message)),
  warn: (message?: unknown) => log.warn(String(message)),
  error: (message?: unknown) => log.error(String(message)),
})
