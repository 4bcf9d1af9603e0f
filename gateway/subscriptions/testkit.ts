import type { AddressInfo } from 'node:net'
import { composeServices } from '@apollo/composition'
import { ApolloServer } from '@apollo/server'
import { type FormattedExecutionResult, parse } from 'graphql'
import { createHttpServer, originOf } from '../../kit/http-server.ts'
import { createLog } from '../../kit/log.ts'
import type { DataSource } from '../../kit/subgraph/data-source.ts'
import { HttpDataSource } from '../../kit/subgraph/http-data-source.ts'
import { subgraphRoute } from '../../kit/subgraph/http-server.ts'
import { InProcessDataSource } from '../../kit/subgraph/in-process.ts'
import { attachSubgraphSockets } from '../../kit/subgraph/ws-server.ts'
import { Tokens } from '../../kit/tokens.ts'
import type { RequestScope } from '../../kit/viewer.ts'
import { Federation } from '../federation.ts'
import { LimitGuard } from '../limits.ts'
import { masking } from '../mask.ts'
import { Sessions } from '../sessions.ts'
import { TrustedDocuments } from '../trusted-documents.ts'
import { Turns } from '../turns.ts'
import type { Audiences } from './audience.ts'
import { backoff } from './backoff.ts'
import type { Deliveries } from './delivery.ts'
import { createGeneration } from './generation.ts'
import { type Caps, Live } from './live.ts'
import { streamRoute } from './sse.ts'
import { createSubgraphs, typeDefs, World } from './testkit-world.ts'
import { attachSubscriptions } from './ws.ts'

type Source = DataSource<RequestScope>

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

const secret = 's'.repeat(32)

export const deliveries: Deliveries = {
  said: { argument: 'after', field: 'cursor' },
  counted: 'latest',
  tallied: 'state',
}

const audiences: Audiences = { everyone: ['counted'], personal: ['User.known'] }

const compose = (): string => {
  const { supergraphSdl, errors } = composeServices(
    Object.entries(typeDefs).map(([name, sdl]) => ({ name, typeDefs: parse(sdl) })),
  )
  if (supergraphSdl === undefined) throw new Error(String(errors))
  return supergraphSdl
}

const supergraph = compose()
export const generation = createGeneration(supergraph)

/** The subgraph with the subscriptions in a server of its own, which can go away and come back. */
export async function startOwner(world: World, port = 0) {
  const subgraph = createSubgraphs(world).get('chat')
  if (!subgraph) throw new TypeError('there is one')
  const log = await createLog({ level: 'silent' })
  const app = createHttpServer({ log })
  await app.register(subgraphRoute({ subgraph, secret }), { prefix: '/chat' })
  const close = attachSubgraphSockets(app.server, { subgraph, secret, log, path: '/chat' })
  const url = `${await app.listen({ port, host: '127.0.0.1' })}/chat`
  return {
    url,
    server: app.server,
    port: (app.server.address() as AddressInfo).port, // listening on a port
    async [Symbol.asyncDispose]() {
      await close()
      await app.close()
    },
  }
}

export interface StartOptions {
  readonly caps?: Partial<Caps>
  readonly clock?: () => number
  readonly lifetime?: number
  /** Instead of the chat subgraph in this process. */
  readonly ownerUrl?: string
  readonly table?: Deliveries
  readonly documents?: TrustedDocuments
  /** Milliseconds that an owner may be away when it is first asked. */
  readonly opening?: number
}

/** A gateway for subscriptions over three small subgraphs, with real servers and sockets. */
export async function startLive(options: StartOptions = {}) {
  const { caps = {}, clock = Date.now, lifetime, ownerUrl, table, opening = 30_000 } = options
  const { documents = new TrustedDocuments() } = options
  const world = new World()
  const log = await createLog({ level: 'silent' })
  const subgraphs = createSubgraphs(world)
  const sources = new Map<string, Source>([...subgraphs].map(([name, each]) => [name, new InProcessDataSource(each)]))
  const remote = ownerUrl === undefined ? undefined : new HttpDataSource({ name: 'chat', url: ownerUrl, secret })
  if (remote) sources.set('chat', remote)
  const versions = new Map<number, number>()
  sources.set('user', userSource(versions))

  const federation = await Federation.load({ sources: () => sources, logger: quiet, supergraphSdl: supergraph })
  const apollo = new ApolloServer<RequestScope>({
    gateway: {
      load: async () => ({
        executor: ({ queryHash, operationName, document, request, context }) => {
          const planned = federation.plan(queryHash + operationName, document, operationName ?? undefined)
          return federation.execute(planned, request.variables ?? {}, context as unknown as RequestScope) // as run() made it
        },
      }),
      onSchemaLoadOrUpdate(listener) {
        listener({ apiSchema: federation.schema, coreSupergraphSdl: '' })
        return () => {}
      },
      stop: async () => {},
    },
    plugins: [masking(log)],
    stopOnTerminationSignals: false,
  })
  await apollo.start()
  const tokens = await Tokens.create(new Map([['a', 'k'.repeat(32)]]), { clock, ...(lifetime && { lifetime }) })
  const sessions = new Sessions({ tokens, sources: () => sources, clock, believed: 1_000 })
  const answered = new Set<string>()
  const live = new Live({
    graph: {
      sessions,
      documents,
      limits: new LimitGuard(undefined, documents),
      turns: new Turns(),
      knows: ({ query }) => answered.has(query),
      scopeFor: (viewer, requestId, origin) => ({ viewer, requestId, origin, deadline: Date.now() + 5_000 }),
      async run({ query, operationName, variables }, contextValue) {
        const request = { query, ...(operationName && { operationName }), ...(variables && { variables }) }
        const { body } = await apollo.executeOperation(request, { contextValue })
        if (body.kind === 'single' && body.singleResult.data) answered.add(query)
        return (body.kind === 'single' ? body.singleResult : {}) as FormattedExecutionResult // never incremental
      },
    },
    generation,
    deliveries: table ?? deliveries,
    audiences,
    sources: () => sources,
    log,
    clock,
    caps,
    backoff: backoff({ least: 10, most: 100 }),
    patience: { event: 10_000, opening },
  })
  const app = createHttpServer({ log })
  await app.register(streamRoute({ live, originOf: originOf(undefined) }))
  attachSubscriptions(app.server, { live, originOf: originOf(undefined) })
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  return {
    world,
    live,
    sessions,
    versions,
    sources,
    planner: generation.planner,
    port: Number(new URL(origin).port),
    ws: `${origin.replace('http', 'ws')}/graphql`,
    stream: `${origin}/graphql/stream`,
    token: (userId: number, version = 1) => tokens.sign({ userId, version }),
    async [Symbol.asyncDispose]() {
      await live.drain(0)
      await remote?.close()
      await app.close()
      await apollo.stop()
    },
  }
}

export type LiveHarness = Awaited<ReturnType<typeof startLive>>

const userSource = (versions: Map<number, number>): Source => ({
  name: 'user',
  async execute({ variables }) {
    const of = variables['of'] as { id: string }[] // the shape of a fact's question
    return { data: { _entities: of.map(({ id }) => ({ version: versions.get(Number(id)) ?? 1 })) } }
  },
  subscribe: () => Promise.reject(new Error('no subscriptions here')),
})
