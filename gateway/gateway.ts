import type { ApolloServer } from '@apollo/server'
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
import { SettingsError } from '../kit/env.ts'
import type { Logger } from '../kit/log.ts'
import type { RequestScope, Viewer } from '../kit/viewer.ts'
import { apolloServer, quiet } from './apollo-server.ts'
import type { Caller, TrustedOperation } from './door.ts'
import { Federation, type Planned } from './federation.ts'
import { LimitGuard, type Limits } from './limits.ts'
import { maskResult } from './mask.ts'
import { planKey, ServedOperations } from './served-operations.ts'
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
  readonly #served: ServedOperations
  readonly #log: Logger
  readonly #clock: () => number
  readonly #patience: number
  readonly #trusted = new Map<TrustedOperation, Planned>()

  private constructor(
    apollo: ApolloServer<RequestScope>,
    federation: Federation,
    served: ServedOperations,
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
    const federation = await Federation.load({ sources, logger: quiet(log) })
    const served = new ServedOperations()
    const apollo = apolloServer({ federation, served, log, introspection, production })
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
    const key = request.query === undefined ? undefined : this.#served.keyOf(request)
    return key === undefined ? undefined : this.federation.recall(key)
  }

  #trustedPlan(operation: TrustedOperation): Planned {
    const known = this.#trusted.get(operation)
    if (known) return known
    const { name, document } = operation
    const key = planKey(hashOf(document), name)
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
          this.federation.keep(planKey(hashOf(text), name?.value), document, name?.value)
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
    const key = planKey(hashOf(query), name)
    if (name !== undefined) this.#served.remember({ query, operationName: name }, key)
    if (alone) this.#served.remember({ query }, key)
  }

  #valid(text: string): DocumentNode {
    const document = parse(text)
    const [fault] = validate(this.federation.schema, document)
    if (fault) throw fault
    return document
  }
}
