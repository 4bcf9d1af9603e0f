import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql'
import type { Logger } from '../../kit/log.ts'
import type { RequestScope, Viewer } from '../../kit/viewer.ts'
import type { LimitGuard } from '../limits.ts'
import { notPersisted, type TrustedDocuments } from '../trusted-documents.ts'
import type { Turns } from '../turns.ts'
import { maskAll } from './answer.ts'
import type { SubscriptionPlan, SubscriptionPlanner } from './plan.ts'
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
  readonly turns: Pick<Turns, 'next'>
  /** Whether a query or mutation was answered before, and its plan is still kept. */
  knows(request: OperationRequest): boolean
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

/** An operation that was read and may begin. */
export interface Admitted {
  readonly request: OperationRequest
  /** Of a subscription only: anything else ends by itself. */
  readonly plan: SubscriptionPlan | undefined
}

/** Operations of every kind, for transports that can carry more than one answer. */
export class Operations {
  readonly #options: OperationsOptions

  constructor(options: OperationsOptions) {
    this.#options = options
  }

  /**
   * Waits until an operation may be admitted and begun, which has to follow at once; see {@link Turns}.
   * @throws a GraphQLError for a fault of the request, or too many that wait
   */
  async turn(asked: NamedRequest, connection: object): Promise<void> {
    const { graph, planner } = this.#options
    const request = graph.documents.written({ ...asked })
    const { query = '', operationName } = request
    const isKnown = () => planner.recall(query, operationName ?? undefined) !== undefined || graph.knows(request)
    await graph.turns.next(connection, request, isKnown)
  }

  /** Reads an operation, and plans it if it is a subscription. @throws a GraphQLError for a fault of the request */
  admit(asked: NamedRequest): Admitted {
    const request = this.#written(asked)
    return { request, plan: this.#options.planner.plan(request.query, request.operationName ?? undefined) }
  }

  /** @throws a GraphQLError for a fault of the request, when nothing has begun yet */
  begin({ request, plan }: Admitted, asker: Asker, sink: Sink): Running {
    if (plan) return this.#options.relay.join(bindRequest(plan, request.variables ?? {}, asker), sink)
    let wanted = true
    void this.#answer(request, asker).then((answer) => {
      if (!wanted) return
      if (!Buffer.isBuffer(answer)) return sink.fail(answer)
      sink.next(answer)
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
  #written(asked: NamedRequest): OperationRequest {
    const { documents, limits } = this.#options.graph
    const request = documents.written({ ...asked })
    const { query = '', operationName, variables } = request
    if (query === '' && request.extensions) throw notPersisted()
    limits.check(query)
    return { query, operationName, variables }
  }

  /** What is to be sent, or what was wrong before anything ran. Never rejects. */
  async #answer(
    request: OperationRequest,
    { viewer, origin, requestId }: Asker,
  ): Promise<Buffer | readonly GraphQLFormattedError[]> {
    const { graph, log } = this.#options
    try {
      const result = await graph.run(request, graph.scopeFor(viewer, requestId, origin))
      return result.data === undefined ? (result.errors ?? []) : Buffer.from(JSON.stringify(result))
    } catch (error) {
      return maskAll([error], requestId, log)
    }
  }
}
