import type { FormattedExecutionResult } from 'graphql'
import type { Logger } from '../../kit/log.ts'
import type { RequestScope, Viewer } from '../../kit/viewer.ts'
import type { LimitGuard } from '../limits.ts'
import { notPersisted, type TrustedDocuments } from '../trusted-documents.ts'
import { maskAll } from './answer.ts'
import type { SubscriptionPlanner } from './plan.ts'
import type { Relay } from './relay.ts'
import { bindRequest } from './request.ts'
import type { Running, Sink } from './sink.ts'

export interface OperationRequest {
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
}

/** What names a document instead of having its text in `query`, which may be empty then. */
export interface NamedRequest extends OperationRequest {
  readonly documentId?: unknown
  readonly extensions?: unknown
}

/** What operations need of the gateway. */
export interface Graph {
  readonly limits: Pick<LimitGuard, 'check'>
  readonly documents: Pick<TrustedDocuments, 'written'>
  scopeFor(viewer: Viewer | null, requestId: string, origin: string): RequestScope
  /** Runs a query or mutation just as over HTTP; errors are masked. */
  run(request: OperationRequest, scope: RequestScope): Promise<FormattedExecutionResult>
}

export interface OperationsOptions {
  readonly graph: Graph
  readonly planner: SubscriptionPlanner
  readonly relay: Relay
  readonly log: Logger
}

/** Whose operation it is. */
export interface Asker {
  readonly viewer: Viewer | null
  readonly origin: string
  readonly requestId: string
}

/** Operations of every kind, for transports that can carry more than one answer. */
export class Operations {
  readonly #options: OperationsOptions

  constructor(options: OperationsOptions) {
    this.#options = options
  }

  /** Whether it is a subscription. @throws like {@link begin} */
  subscribes(request: NamedRequest): boolean {
    const { query, operationName } = this.#admit(request)
    return this.#options.planner.plan(query, operationName ?? undefined) !== undefined
  }

  /** @throws a GraphQLError for a fault of the request, when nothing has begun yet */
  begin(asked: NamedRequest, asker: Asker, sink: Sink): Running {
    const { planner, relay } = this.#options
    const request = this.#admit(asked)
    const plan = planner.plan(request.query, request.operationName ?? undefined)
    if (plan) return relay.join(bindRequest(plan, request.variables ?? {}, asker), sink)
    let wanted = true
    void this.#answer(request, asker).then((result) => {
      if (!wanted) return
      if (result.data === undefined) return sink.fail(result.errors ?? [])
      sink.next(Buffer.from(JSON.stringify(result)))
      sink.complete()
    })
    return {
      resume: () => {},
      leave: () => {
        wanted = false
      },
    }
  }

  /** The request with its text, which is known or within the limits. */
  #admit(asked: NamedRequest): OperationRequest {
    const { documents, limits } = this.#options.graph
    const request = documents.written({ ...asked })
    const { query = '', operationName, variables } = request
    if (query === '' && request.extensions) throw notPersisted()
    limits.check(query)
    return { query, operationName, variables }
  }

  async #answer(request: OperationRequest, { viewer, origin, requestId }: Asker): Promise<FormattedExecutionResult> {
    const { graph, log } = this.#options
    try {
      return await graph.run(request, graph.scopeFor(viewer, requestId, origin))
    } catch (error) {
      return { errors: maskAll([error], requestId, log) }
    }
  }
}
