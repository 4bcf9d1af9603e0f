import { subgraphRoute } from '../kit/subgraph/http-server.ts'
import { InProcessDataSource } from '../kit/subgraph/in-process.ts'
import type { Subgraph } from '../kit/subgraph/subgraph.ts'
import { attachSubgraphSockets } from '../kit/subgraph/ws-server.ts'
import type { SubgraphName } from '../schema/subgraph-names.ts'
import type { DoorServices } from './door-services.ts'
import type { Context, Sources } from './graph.ts'
import { allRoles } from './roles.ts'
import { type AppServices, openSubgraphServices, whenReachable } from './services.ts'
import { subgraphPath } from './sources.ts'

/** Each takes of the services what it needs. Imported late: a process of one subgraph has no use for the others. */
export const subgraphs: Readonly<Record<SubgraphName, (services: AppServices) => Promise<Subgraph>>> = {
  user: async (services) => (await import('../subgraphs/user/index.ts')).user(services),
  publish: async (services) => (await import('../subgraphs/publish/index.ts')).publish(services),
  feed: async (services) => (await import('../subgraphs/feed/index.ts')).feed(services),
  favorite: async (services) => (await import('../subgraphs/favorite/index.ts')).favorite(services),
  comment: async (services) => (await import('../subgraphs/comment/index.ts')).comment(services),
  relation: async (services) => (await import('../subgraphs/relation/index.ts')).relation(services),
  message: async (services) => (await import('../subgraphs/message/index.ts')).message(services),
}

interface Here {
  readonly here: readonly SubgraphName[]
  readonly doors: DoorServices
  readonly sources: Sources
  readonly secret: string
}

/** Opens those of this process; each is served to others too, unless there are none. */
export async function openSubgraphs(context: Context, { here, doors, sources, secret }: Here): Promise<void> {
  const { http, settings, log, roles, health, metrics, tracing, lifetime } = context
  const services = await openSubgraphServices(settings, doors, {
    log,
    sources: () => sources,
    onStatement: (statement) => {
      metrics.statement(statement)
      tracing?.statement(statement)
    },
    onBroken: () => health.giveUp('database'),
  })
  lifetime.onClose(services.close)
  health.require('database', () => services.db.selectFrom('schema_migration').select('name').limit(1).execute())
  for (const name of here) {
    // All it does before it is there is to bring its tables up to date.
    const subgraph = await whenReachable(() => subgraphs[name](services), log)
    lifetime.onClose(() => subgraph.close())
    sources.set(name, metrics.measured(new InProcessDataSource(subgraph)))
    if (roles.size === allRoles.length) continue
    const path = subgraphPath(name)
    await http.register(subgraphRoute({ subgraph, secret }), { prefix: path })
    if (subgraph.schema.getSubscriptionType())
      http.addHook('preClose', attachSubgraphSockets(http.server, { subgraph, secret, log, path }))
  }
}
