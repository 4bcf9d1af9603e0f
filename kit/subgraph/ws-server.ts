import type { Server } from 'node:http'
import { type ExecutionArgs, GraphQLError, parse } from 'graphql'
import type { SubscribePayload } from 'graphql-ws'
import { useServer as serveSockets } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import { codeOf, errors } from '../errors.ts'
import type { Logger } from '../log.ts'
import { openEnvelope, type RequestScope } from '../viewer.ts'
import { InProcessDataSource } from './in-process.ts'
import type { Subgraph } from './subgraph.ts'
import { outward } from './wire-error.ts'
import { connectionBody, isCredit, subscriptionBody } from './ws-protocol.ts'
import { CreditedEvents } from './ws-source.ts'
import { routeUpgrades } from './ws-upgrades.ts'

export interface SubgraphSocketsOptions {
  readonly subgraph: Subgraph
  /** Shared by all processes of ours; what is not signed with it is refused. */
  readonly secret: string
  readonly log: Logger
  /** Where the subgraph is served, as its HTTP route. */
  readonly path?: string
  readonly clock?: () => number
}

/** The operation itself is our own planner's; the library only asks what kind it is. */
const subscription = parse('subscription { events }', { noLocation: true })

/** Subscriptions of a subgraph, for processes of ours only; see ws-protocol.ts. @returns what closes the sockets */
export function attachSubgraphSockets(server: Server, options: SubgraphSocketsOptions): () => Promise<void> {
  const { subgraph, secret, log, path = '/', clock = Date.now } = options
  const source = new InProcessDataSource(subgraph)
  const open = new WeakMap<object, Map<string, CreditedEvents>>() // of each connection, by id
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 2 ** 20 })

  const begin = (connection: object, id: string, { query, variables, extensions }: SubscribePayload) => {
    const scope = opened(extensions, subscriptionBody(query, variables), secret, clock())
    const call = { kind: 'subscription', operation: query, variables: variables ?? {} } as const
    const events = new CreditedEvents(source, call, scope)
    const ofConnection = open.get(connection) ?? new Map<string, CreditedEvents>()
    open.set(connection, ofConnection.set(id, events))
    return { schema: subgraph.schema, document: subscription, contextValue: events }
  }

  const served = serveSockets(
    {
      onConnect: ({ connectionParams }) => {
        try {
          opened(connectionParams, connectionBody, secret, clock())
          return true
        } catch (error) {
          if (codeOf(error)) return false
          throw error
        }
      },
      onSubscribe: (connection, id, payload): ExecutionArgs | readonly GraphQLError[] => {
        try {
          return begin(connection, id, payload)
        } catch (error) {
          if (error instanceof GraphQLError) return [error]
          throw error
        }
      },
      subscribe: ({ contextValue }) => contextValue as CreditedEvents, // put there by onSubscribe
      onNext: (_connection, _id, _payload, _args, { data, errors: faults }) => {
        tell(log, faults)
        return { ...(data === undefined ? {} : { data }), ...(faults && { errors: faults.map(outward) }) }
      },
      onError: (_connection, _id, _payload, faults) => {
        tell(log, faults)
        return faults.map((fault) => outward(fault as GraphQLError)) // as thrown by us
      },
      onComplete: (connection, id) => void open.get(connection)?.delete(id),
      onPing: (connection, payload) => {
        if (isCredit(payload)) open.get(connection)?.get(payload.id)?.grant(payload.credit)
      },
    },
    sockets,
  )

  const leave = routeUpgrades(server, path, (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (ws) => sockets.emit('connection', ws, request))
  })
  return async () => {
    leave()
    for (const ws of sockets.clients) setTimeout(() => ws.terminate(), 1_000).unref()
    await served.dispose()
  }
}

function opened(
  envelope: Readonly<Record<string, unknown>> | null | undefined,
  body: string,
  secret: string,
  now: number,
): RequestScope {
  if (!envelope) throw errors.unauthenticated('unsigned request')
  return openEnvelope(envelope as Record<string, string>, body, secret, now) // checks that they are strings
}

function tell(log: Logger, faults: readonly { readonly message: string }[] | undefined): void {
  for (const fault of faults ?? []) {
    const err = fault instanceof GraphQLError ? (fault.originalError ?? fault) : fault
    if (!(codeOf(fault) || isGone(err))) log.error({ err }, 'an event failed')
  }
}

/** Whether the other end went away while it was being written to: no fault of the event, and it comes back by itself. */
const isGone = (fault: object) => 'syscall' in fault && fault.syscall === 'write'
